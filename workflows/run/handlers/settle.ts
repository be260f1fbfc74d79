import {
  ApplicationFailure,
  CancellationScope,
  condition,
  currentUpdateInfo,
  patched,
} from '@temporalio/workflow';

import { voteRefusal } from '../../../domain/approval/tally.ts';
import { isForAnybody, termsInWords } from '../../../domain/approval/terms.ts';
import { compactJson } from '../../../domain/json.ts';
import { parseSettleEffect } from '../../../domain/messages/run-messages.ts';
import { openQuestion } from '../../agent/record-settlements.ts';
import type { PendingSettlement, RunDesk } from '../run-desk.ts';
import { assertMay, nobody, signerOf, type Actor } from './actor.ts';
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
  // One that is signed without an id of its own is the same one under whatever id it is sent.
  const decisionId = parsed.input.decisionId ?? proof?.signature ?? currentUpdateInfo()?.id ?? '';
  const input = compactJson({ ...words, by });
  const actor =
    proof === undefined
      ? nobody(by)
      : await signerOf(desk, { message: 'settleEffect', proof, input });
  assertMay(desk, 'settle', { actor, message: 'settleEffect' });
  assertHasSay(desk, parsed.input.callId, actor);
  assertCanRun(desk, parsed.input.settlement);
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

/** A run that ends performs nothing any more: its ledger would lose an effect that may have happened. */
function assertCanRun(desk: RunDesk, settlement: string): void {
  if (settlement !== 'run-again' || !desk.isClosing) return;
  // Runs that took it before this rule are replayed as they went; it may go when none of them is open.
  if (!patched('2026-11-no-run-again-at-the-end')) return;
  throw invalidMessage('the run is ending and runs nothing again: say what became of the effect');
}

/**
 * What takes a role, several people or separation of duties to happen takes a proved person who has a say in it to be
 * settled: else whoever reaches Temporal could have it done once more, or called done.
 *
 * @throws {ApplicationFailure} unauthenticated or permission_denied; the refusal is written down.
 */
function assertHasSay(desk: RunDesk, callId: string, { by, roles, signed, claimed }: Actor): void {
  const call = desk.agent.calls.find((one) => one.callId === callId);
  const terms = call?.verdict.approval;
  // Settlements that were recorded before this rule are replayed as they counted; it may go when no such run is open.
  if (terms === undefined || isForAnybody(terms) || !patched('2026-11-settled-by-role')) return;
  const person = signed === undefined ? undefined : by;
  // Nobody is kept from telling what became of a call that they asked for themselves.
  const vote = { person, roles, decision: 'reject' as const };
  const circumstances = { requestedBy: desk.pins.requestedBy, editedBy: [], escalatedTo: [] };
  const refusal = voteRefusal(terms, vote, circumstances);
  if (refusal === undefined) return;
  const wanted = `this call takes ${termsInWords(terms)}, and so does settling it`;
  const isNobody = refusal === 'proof';
  const reason = `${wanted}; ${isNobody ? 'nobody proved who sent this' : `${by} is none of them`}`;
  desk.refuse({
    signal: 'settleEffect',
    by,
    ...(claimed === undefined ? {} : { claimed }),
    reason,
  });
  const code = isNobody ? 'unauthenticated' : 'permission_denied';
  throw ApplicationFailure.nonRetryable(reason, code);
}
