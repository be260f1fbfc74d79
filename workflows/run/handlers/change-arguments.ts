import { ApplicationFailure } from '@temporalio/workflow';

import type { PrepareCallInput } from '../../../domain/agent/activities.ts';
import { afterDrift } from '../../../domain/agent/reducer.ts';
import { withApprovalChange } from '../../../domain/approval/change-approval.ts';
import { subjectOfCall } from '../../../domain/approval/opening.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { DecideApprovalInput } from '../../../domain/messages/decide-approval.ts';
import type { PreparedCall } from '../../../domain/tools/prepared-call.ts';
import { decoded, tools } from '../activities.ts';
import { invalidMessage, openApproval } from './decidable.ts';
import { smallInput } from '../payload-size.ts';
import type { RunDesk } from '../run-desk.ts';

/**
 * Prepares and judges a call anew with a person's arguments. Nobody else may decide it meanwhile.
 *
 * @throws {ApplicationFailure} Message.Invalid, or policy_denied: a deny cannot be edited into an allow.
 */
export async function changeArguments(
  desk: RunDesk,
  input: DecideApprovalInput,
  changed: JsonObject,
): Promise<PreparedCall> {
  const approval = openApproval(desk, input.approvalId);
  const callId = approval.callId ?? '';
  desk.changing = approval.approvalId;
  try {
    const { prepareCall } = tools({
      remainingMs: prepareTimeoutMs,
      summary: `prepare changed arguments: ${approval.subject}`.slice(0, 200),
      taskQueue: desk.pins.queues.tools,
    });
    const request: PrepareCallInput = {
      run: desk.agent.ref,
      pins: desk.pins,
      callId,
      arguments: changed,
      decisionId: input.decisionId ?? '',
      grants: desk.agent.grants,
    };
    const result = decoded(await prepareCall(smallInput(request)));
    if (result.type === 'invalid') throw invalidMessage(result.message);
    const { call } = result;
    if (call.verdict.type === 'deny') {
      const message = `policy denies the changed call (rule ${call.verdict.rule})`;
      throw ApplicationFailure.nonRetryable(message, 'policy_denied');
    }
    if (call.access === 'destructive' && input.remember !== undefined) {
      throw invalidMessage('the changed call is destructive; it cannot be remembered');
    }
    openApproval(desk, input.approvalId);
    return call;
  } finally {
    desk.changing = undefined;
  }
}

/** Time for preparing changed arguments, in milliseconds; somebody waits for the answer. */
const prepareTimeoutMs = 60_000;

/** Binds an open approval to the changed call, so that the decision that follows is for that one. */
export function bindTo(desk: RunDesk, approvalId: string, call: PreparedCall): void {
  openApproval(desk, approvalId);
  const { digest, subject, risk } = subjectOfCall(call);
  desk.agent = withApprovalChange(desk.agent, approvalId, { digest, subject, risk });
  desk.agent = afterDrift(desk.agent, call);
}
