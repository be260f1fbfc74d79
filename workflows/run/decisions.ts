import { ApplicationFailure, currentUpdateInfo } from '@temporalio/workflow';

import type { PrepareCallInput } from '../../domain/agent/activities.ts';
import { afterDrift } from '../../domain/agent/reducer.ts';
import type { Approval, Decision } from '../../domain/approval/approval.ts';
import {
  afterDecision,
  decisionRefusal,
  withApprovalState,
} from '../../domain/approval/deciding.ts';
import { FailureType } from '../../domain/failures.ts';
import { compactJson, type JsonObject } from '../../domain/json.ts';
import {
  parseDecideApproval,
  parseDecisionSignal,
  type DecideApprovalInput,
} from '../../domain/messages/decide-approval.ts';
import { decoded, tools } from './activities.ts';
import type { DecidedAnswer } from './messages.ts';
import { smallInput } from './payload-size.ts';
import type { RunDesk } from './run-desk.ts';

/** Refuses a decision that cannot count, before it enters history. Synchronous: the SDK does not await it. */
export function assertDecidable(desk: RunDesk | undefined, value: unknown): void {
  const parsed = parseDecideApproval(value);
  if (parsed.type === 'refused') throw invalidMessage(parsed.reason);
  if (desk === undefined) throw notPending('the run has not begun yet');
  if (repeated(desk, parsed.input) !== undefined) return;
  const refusal = decisionRefusal(desk.agent.approvals, parsed.input);
  if (refusal?.type === 'digest-mismatch') {
    throw ApplicationFailure.nonRetryable(refusal.message, FailureType.approvalDigestMismatch);
  }
  if (refusal?.type === 'incomplete') throw invalidMessage(refusal.message);
  if (refusal !== undefined) throw notPending(refusal.message);
  if (desk.changing === parsed.input.approvalId) {
    throw notPending('somebody is changing the arguments of this call right now');
  }
}

/** Applies a decision. With changed arguments the call is prepared and judged again first. */
export async function decide(desk: RunDesk, value: unknown): Promise<DecidedAnswer> {
  const parsed = parseDecideApproval(value);
  if (parsed.type === 'refused') throw invalidMessage(parsed.reason);
  const known = repeated(desk, parsed.input);
  if (known !== undefined) return known;
  if (parsed.input.arguments !== undefined) {
    await changeArguments(desk, parsed.input, parsed.input.arguments);
  }
  return apply(desk, parsed.input, currentUpdateInfo()?.id ?? '');
}

/** Applies a decision that came as a signal. Never throws: what cannot count becomes a note. */
export function decideBySignal(
  desk: RunDesk,
  signal: 'approve' | 'reject' | 'answer',
  value: unknown,
): void {
  const parsed = parseDecisionSignal(value, signal);
  if (parsed.type === 'refused') {
    desk.note('message.refused', { signal, reason: parsed.reason });
    return;
  }
  const refusal = decisionRefusal(desk.agent.approvals, parsed.input);
  if (refusal !== undefined || desk.changing === parsed.input.approvalId) {
    const reason = refusal?.message ?? 'its arguments are being changed';
    desk.note('message.refused', { signal, approvalId: parsed.input.approvalId, reason });
    return;
  }
  apply(desk, parsed.input, `signal-${desk.agent.noted + 1}`);
}

function repeated(desk: RunDesk, input: DecideApprovalInput): DecidedAnswer | undefined {
  if (input.decisionId === undefined) return undefined;
  return desk.decided.find(
    ({ approvalId, decisionId }) =>
      approvalId === input.approvalId && decisionId === input.decisionId,
  );
}

function apply(desk: RunDesk, input: DecideApprovalInput, updateId: string): DecidedAnswer {
  const approval = openApproval(desk, input.approvalId);
  const atMs = Date.now();
  const decision: Decision = {
    decisionId: input.decisionId ?? updateId,
    approvalId: input.approvalId,
    digest: approval.digest,
    decision: input.decision,
    reason: input.reason,
    answer: input.answer,
    remember: input.remember,
    raiseMicroUsd: input.raiseMicroUsd,
    by: input.by ?? 'unauthenticated',
    via: input.via ?? 'update',
    atMs,
  };
  const before = desk.agent.grants.length;
  desk.agent = afterDecision(desk.agent, decision);
  const state = input.decision === 'approve' ? 'approved' : 'rejected';
  desk.note('approval.decided', decisionData(decision, state));
  const grant = desk.agent.grants[before];
  if (grant !== undefined) desk.note('grant.added', { ...grant });
  const answer: DecidedAnswer = {
    approvalId: input.approvalId,
    state,
    decidedBy: decision.by,
    at: new Date(atMs).toISOString(),
  };
  desk.remember({ ...answer, decisionId: decision.decisionId });
  desk.wake();
  return answer;
}

/** The decision as its note carries it: what the inbox and the log need. */
function decisionData(decision: Decision, state: string): JsonObject {
  const { approvalId, decisionId, digest, reason, answer, by, via, atMs, remember } = decision;
  const { raiseMicroUsd } = decision;
  return compactJson({
    approvalId,
    decisionId,
    decision: decision.decision,
    state,
    digest,
    reason,
    answer,
    remember,
    raiseMicroUsd,
    by,
    via,
    atMs,
  });
}

async function changeArguments(
  desk: RunDesk,
  input: DecideApprovalInput,
  changed: JsonObject,
): Promise<void> {
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
      decisionId: input.decisionId ?? currentUpdateInfo()?.id ?? '',
      grants: desk.agent.grants,
    };
    const result = decoded(await prepareCall(smallInput(request)));
    if (result.type === 'invalid') throw invalidMessage(result.message);
    if (result.call.verdict.type === 'deny') {
      throw notPending(`policy denies the changed call (rule ${result.call.verdict.rule})`);
    }
    openApproval(desk, input.approvalId);
    desk.agent = withSameApproval(desk.agent, approval, result.call.digest);
    desk.agent = afterDrift(desk.agent, result.call);
  } finally {
    desk.changing = undefined;
  }
}

/** Time for preparing changed arguments, in milliseconds; somebody waits for the answer. */
const prepareTimeoutMs = 60_000;

/** Binds an open approval to the digest of the changed call, so that the decision that follows is for that one. */
function withSameApproval(
  agent: RunDesk['agent'],
  approval: Approval,
  digest: string,
): RunDesk['agent'] {
  const open = withApprovalState(agent, approval.approvalId, { state: 'open' });
  return {
    ...open,
    approvals: open.approvals.map((other) =>
      other.approvalId === approval.approvalId ? { ...other, digest } : other,
    ),
  };
}

function openApproval(desk: RunDesk, approvalId: string): Approval {
  const approval = desk.agent.approvals.find((other) => other.approvalId === approvalId);
  if (approval?.state === 'open') return approval;
  throw notPending('the approval was decided meanwhile');
}

export function invalidMessage(reason: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(reason, FailureType.messageInvalid);
}

function notPending(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, FailureType.approvalNotPending);
}
