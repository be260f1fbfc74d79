import { CancellationScope, condition, currentUpdateInfo } from '@temporalio/workflow';

import { compactJson } from '../../../domain/json.ts';
import { parseSettleEffect } from '../../../domain/messages/run-messages.ts';
import { openQuestion } from '../../agent/record-settlements.ts';
import type { PendingSettlement, RunDesk } from '../run-desk.ts';
import { assertMay, nobody, signerOf } from './actor.ts';
import { invalidMessage } from './decidable.ts';

/** Refuses a settlement when no unknown effect of that id waits. @throws {ApplicationFailure} Message.Invalid */
export function assertUnknown(desk: RunDesk, callId: string): void {
  if (openQuestion(desk, callId) !== undefined) return;
  throw invalidMessage(`no unknown effect ${callId} waits in this run`);
}

/** Hands a settlement to the loop and answers when it is recorded. @throws {ApplicationFailure} Message.Invalid */
export async function settle(desk: RunDesk, value: unknown): Promise<{ readonly state: string }> {
  const parsed = parseSettleEffect(value);
  if (parsed.type === 'refused') throw invalidMessage(parsed.reason);
  assertUnknown(desk, parsed.input.callId);
  const { proof, by, ...words } = parsed.input;
  const decisionId = parsed.input.decisionId ?? currentUpdateInfo()?.id ?? '';
  const input = compactJson({ ...words, by });
  const actor =
    proof === undefined
      ? nobody(by)
      : await signerOf(desk, { message: 'settleEffect', proof, input });
  assertMay(desk, 'settle', { actor, message: 'settleEffect' });
  assertUnknown(desk, parsed.input.callId);
  const pending: PendingSettlement = { input: { ...words, by: actor.by }, decisionId };
  desk.settlements.push(pending);
  // A cancelled run is closed only when its unknown effects are settled, so it answers all the same.
  await CancellationScope.nonCancellable(async () =>
    condition(() => pending.answer !== undefined || desk.isMovingOn),
  );
  const { answer = { refused: 'the run was moving on just then; send it again' } } = pending;
  if ('refused' in answer) throw invalidMessage(answer.refused);
  return answer;
}
