import { ApplicationFailure, currentUpdateInfo } from '@temporalio/workflow';

import type { PrepareCallInput } from '../../domain/agent/activities.ts';
import { afterDrift } from '../../domain/agent/reducer.ts';
import type { Approval, Decision } from '../../domain/approval/approval.ts';
import {
  afterDecision,
  decisionRefusal,
  subjectOfCall,
  type DecisionRefusal,
} from '../../domain/approval/deciding.ts';
import { FailureType } from '../../domain/failures.ts';
import { compactJson, type JsonObject } from '../../domain/json.ts';
import {
  parseDecideApproval,
  parseDecisionSignal,
  signedDecision,
  type DecideApprovalInput,
} from '../../domain/messages/decide-approval.ts';
import type { Proof } from '../../domain/principals/principal.ts';
import type { PreparedCall } from '../../domain/tools/prepared-call.ts';
import { decoded, tools } from './activities.ts';
import { nobody, signerOf, type Actor } from './actor.ts';
import type { DecidedAnswer } from './messages.ts';
import { smallInput } from './payload-size.ts';
import type { RunDesk } from './run-desk.ts';

/** Refuses a decision that cannot count, before it enters history. Synchronous: the SDK does not await it. */
export function assertDecidable(desk: RunDesk | undefined, value: unknown): void {
  const parsed = parseDecideApproval(value);
  if (parsed.type === 'refused') throw invalidMessage(parsed.reason);
  if (desk === undefined) throw notPending('the run has not begun yet');
  const input = named(parsed.input);
  if (repeated(desk, input) === undefined) assertCounts(desk, input);
}

/** A decision without an id of its own has the id of the update that brought it. */
function named(input: DecideApprovalInput): DecideApprovalInput {
  return { ...input, decisionId: input.decisionId ?? currentUpdateInfo()?.id };
}

function assertCounts(desk: RunDesk, input: DecideApprovalInput): void {
  const refusal = decisionRefusal(desk.agent, desk.decided, input);
  if (refusal !== undefined) throw failureOf(refusal);
  if (desk.changing === input.approvalId) {
    throw notPending('somebody is changing the arguments of this call right now');
  }
}

function failureOf({ type, message }: DecisionRefusal): ApplicationFailure {
  switch (type) {
    case 'not-found':
      return ApplicationFailure.nonRetryable(message, FailureType.approvalNotFound);
    case 'already-decided':
      return notPending(message);
    case 'digest-mismatch':
      return ApplicationFailure.nonRetryable(message, FailureType.approvalDigestMismatch);
    case 'incomplete':
      return invalidMessage(message);
  }
}

/** Applies a decision. With changed arguments the call is prepared and judged again first. */
export async function decide(desk: RunDesk, value: unknown): Promise<DecidedAnswer> {
  const parsed = parseDecideApproval(value);
  if (parsed.type === 'refused') throw invalidMessage(parsed.reason);
  const input = named(parsed.input);
  const known = repeated(desk, input);
  if (known !== undefined) return known;
  // Two that came together were both admitted: the second is judged again behind the first.
  assertCounts(desk, input);
  const { proof } = input;
  const actor = proof === undefined ? nobody(input.by) : await signer(desk, parsed.input, proof);
  // Others may have been heard meanwhile.
  const since = repeated(desk, input);
  if (since !== undefined) return since;
  assertCounts(desk, input);
  if (input.arguments === undefined) return apply(desk, input, { actor });
  const changedFrom = await changeArguments(desk, input, input.arguments);
  return apply(desk, input, { actor, changedFrom });
}

async function signer(desk: RunDesk, input: DecideApprovalInput, proof: Proof): Promise<Actor> {
  const { approvalId, arguments: changed } = input;
  return signerOf(desk, {
    message: 'decideApproval',
    proof,
    input: signedDecision(input, undefined),
    arguments: changed,
    approvalId,
  });
}

/** Applies a decision that came as a signal. Never throws: what cannot count becomes a note. */
export function decideBySignal(
  desk: RunDesk,
  signal: 'approve' | 'reject' | 'answer',
  value: unknown,
): void {
  const parsed = parseDecisionSignal(value, signal);
  if (parsed.type === 'refused') {
    desk.refuse({ signal, reason: parsed.reason });
    return;
  }
  const { approvalId } = parsed.input;
  const refusal = decisionRefusal(desk.agent, desk.decided, parsed.input);
  if (refusal !== undefined || desk.changing === approvalId) {
    const reason = refusal?.message ?? 'its arguments are being changed';
    desk.refuse({ signal, approvalId, reason });
    return;
  }
  const input = { ...parsed.input, decisionId: `signal-${desk.agent.noted + 1}` };
  apply(desk, input, { actor: nobody() });
}

function repeated(desk: RunDesk, input: DecideApprovalInput): DecidedAnswer | undefined {
  if (input.decisionId === undefined) return undefined;
  return desk.decided.find(
    ({ approvalId, decisionId }) =>
      approvalId === input.approvalId && decisionId === input.decisionId,
  );
}

function apply(
  desk: RunDesk,
  input: DecideApprovalInput,
  { actor, changedFrom }: { readonly actor: Actor; readonly changedFrom?: string },
): DecidedAnswer {
  const approval = openApproval(desk, input.approvalId);
  const atMs = Date.now();
  const decision: Decision = {
    decisionId: input.decisionId ?? '',
    approvalId: input.approvalId,
    digest: approval.digest,
    decision: input.decision,
    reason: input.reason,
    answer: input.answer,
    remember: input.remember,
    raiseMicroUsd: input.raiseMicroUsd,
    by: actor.by,
    claimed: actor.claimed,
    via: input.via ?? 'update',
    atMs,
    proof: input.proof,
    signed: actor.signed,
  };
  const before = desk.agent.grants.length;
  desk.agent = afterDecision(desk.agent, decision);
  const state = input.decision === 'approve' ? 'approved' : 'rejected';
  desk.note('approval.decided', compactJson({ ...decisionData(decision, state), changedFrom }));
  const grant = desk.agent.grants[before];
  if (grant !== undefined) desk.note('grant.added', { ...grant });
  const answer: DecidedAnswer = {
    approvalId: input.approvalId,
    state,
    decidedBy: decision.by,
    at: new Date(atMs).toISOString(),
  };
  desk.remember({ ...answer, decisionId: decision.decisionId });
  desk.refresh();
  return answer;
}

/** The decision as its note carries it: what the inbox and the log need. */
function decisionData(decision: Decision, state: string): JsonObject {
  const { approvalId, decisionId, digest, reason, answer, by, via, atMs, remember } = decision;
  const { raiseMicroUsd, claimed, proof } = decision;
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
    claimed,
    keyId: proof?.keyId,
    via,
    atMs,
  });
}

/** Prepares and judges a call anew with a person's arguments. Returns the digest it had before. */
async function changeArguments(
  desk: RunDesk,
  input: DecideApprovalInput,
  changed: JsonObject,
): Promise<string> {
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
    desk.agent = withSameApproval(desk.agent, approval, call);
    desk.agent = afterDrift(desk.agent, call);
    return approval.digest;
  } finally {
    desk.changing = undefined;
  }
}

/** Time for preparing changed arguments, in milliseconds; somebody waits for the answer. */
const prepareTimeoutMs = 60_000;

/** Binds an open approval to the changed call, so that the decision that follows is for that one. */
function withSameApproval(
  agent: RunDesk['agent'],
  { approvalId }: Approval,
  call: PreparedCall,
): RunDesk['agent'] {
  const { digest, subject, risk } = subjectOfCall(call);
  return {
    ...agent,
    approvals: agent.approvals.map((other) =>
      other.approvalId === approvalId ? { ...other, digest, subject, risk } : other,
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
