import type { AgentState } from '../agent/agent-state.ts';
import { answeredByWorkflow } from '../agent/answered.ts';
import { afterCalls } from '../agent/reducer.ts';
import type { PassedCap } from '../budget/budget.ts';
import type { Hash } from '../json.ts';
import type { DecideApprovalInput } from '../messages/decide-approval.ts';
import { approvalIdOf } from '../run/ids.ts';
import { unauthenticated } from '../principals/principal.ts';
import type { PreparedCall } from '../tools/prepared-call.ts';
import {
  approvalExpiryMs,
  type Approval,
  type ApprovalKind,
  type ApprovalState,
  type DecidedApproval,
  type Decision,
} from './approval.ts';
import { nextStep } from './due.ts';
import { tallyOf, voteRefusal, type Circumstances, type Vote, type VoteRefusal } from './tally.ts';
import { isForAnybody, type ApprovalTerms } from './terms.ts';

/** What a new approval is about. */
export interface ApprovalSubject {
  readonly kind: ApprovalKind;
  /** CallId or TurnId. */
  readonly position: string;
  readonly callId?: string;
  readonly subject: string;
  readonly digest: Hash;
  readonly risk: Approval['risk'];
  readonly rule: string;
  readonly needsMicroUsd?: number;
  readonly cap?: PassedCap;
  readonly terms?: ApprovalTerms | undefined;
  readonly editedBy?: readonly string[];
}

/** Opens an approval at a call or turn; its number counts per turn. */
export function withApproval(
  agent: AgentState,
  { position, terms, ...subject }: ApprovalSubject,
  nowMs: number,
): { readonly agent: AgentState; readonly approval: Approval } {
  const asked = agent.asked + 1;
  const approval: Approval = {
    approvalId: approvalIdOf(position, asked),
    ...subject,
    requestedAtMs: nowMs,
    expiresAtMs:
      nowMs + (terms === undefined ? approvalExpiryMs : terms.expiresAfterSeconds * 1_000),
    state: 'open',
    ...(terms === undefined ? {} : { terms }),
  };
  return { agent: { ...agent, asked, approvals: [...agent.approvals, approval] }, approval };
}

/** What a call that waits is about. */
export function subjectOfCall(call: PreparedCall): ApprovalSubject {
  return {
    kind: call.access === 'wait' ? 'question' : 'tool_call',
    position: call.callId,
    callId: call.callId,
    subject: call.preview,
    digest: call.digest,
    risk: riskOf(call),
    rule: call.verdict.rule,
    terms: call.verdict.approval,
  };
}

function riskOf({ access }: PreparedCall): Approval['risk'] {
  return access === 'finish' ? 'read' : access;
}

/** Why a decision does not count. */
export interface DecisionRefusal {
  readonly type: 'not-found' | 'already-decided' | 'digest-mismatch' | 'incomplete';
  readonly message: string;
}

/**
 * Judges a decision against the approvals of this turn and those that were decided before; undefined when it counts.
 */
export function decisionRefusal(
  { approvals, grants }: Pick<AgentState, 'approvals' | 'grants'>,
  decided: readonly DecidedApproval[],
  input: DecideApprovalInput,
): DecisionRefusal | undefined {
  const approval = approvals.find(({ approvalId }) => approvalId === input.approvalId);
  const before = decided.findLast(
    ({ approvalId, state }) => approvalId === input.approvalId && state !== 'open',
  );
  if (approval?.state !== 'open') {
    if (before !== undefined) {
      const { state, decidedBy, at } = before;
      const message = `the approval was ${state} already by ${decidedBy} at ${at}`;
      return { type: 'already-decided', message };
    }
    if (approval === undefined) {
      return { type: 'not-found', message: `no approval ${input.approvalId} waits in this run` };
    }
    return { type: 'already-decided', message: `the approval was ${approval.state} already` };
  }
  if (input.digest !== undefined && input.digest !== approval.digest) {
    return {
      type: 'digest-mismatch',
      message: 'the call changed since it was shown; look at it again',
    };
  }
  return incompleteFor(approval, input, grants.length);
}

function incomplete(message: string): DecisionRefusal {
  return { type: 'incomplete', message };
}

function incompleteFor(
  approval: Approval,
  input: DecideApprovalInput,
  granted: number,
): DecisionRefusal | undefined {
  if (approval.kind === 'effect_unknown') {
    return incomplete('an unknown effect is settled with settleEffect (holdfast effects settle)');
  }
  if (approval.kind === 'question' && input.decision === 'approve' && input.answer === undefined) {
    return incomplete('a question needs an answer');
  }
  if (
    input.arguments !== undefined &&
    (approval.kind !== 'tool_call' || input.decision !== 'approve')
  ) {
    return incomplete('only an approved tool call can have changed arguments');
  }
  if (input.raiseMicroUsd !== undefined && approval.kind !== 'budget') {
    return incomplete('only the approval of a budget can raise it');
  }
  if (
    input.raiseMicroUsd !== undefined &&
    approval.cap !== undefined &&
    approval.cap.unit !== 'usd'
  ) {
    return incomplete('this budget is not short of money; approve it without an amount');
  }
  return input.remember === undefined ? undefined : cannotRemember(approval, input, granted);
}

function cannotRemember(
  approval: Approval,
  input: DecideApprovalInput,
  granted: number,
): DecisionRefusal | undefined {
  if (approval.kind !== 'tool_call' || input.decision !== 'approve') {
    return incomplete('only an approved tool call can be remembered');
  }
  if (!isForAnybody(approval.terms)) {
    return incomplete('a call that takes a role or several people is approved one by one');
  }
  if (approval.risk === 'destructive') {
    return incomplete('a destructive call is approved one by one; it cannot be remembered');
  }
  if (granted >= maxGrants) {
    return incomplete(`a run keeps at most ${maxGrants} grants; revoke one first`);
  }
  return undefined;
}

/** A decision as it is counted. */
function voteOf({ by, roles = [], decision }: Omit<Decision, 'digest'>): Vote {
  return { person: by === unauthenticated ? undefined : by, roles, decision };
}

/** Who counts on an approval, given who started the run. */
export function circumstancesOf(
  { editedBy = [], escalatedTo = [] }: Pick<Approval, 'editedBy' | 'escalatedTo'>,
  requestedBy: string | undefined,
): Circumstances {
  return { requestedBy, editedBy, escalatedTo };
}

/** Why a decision of this person does not count on an approval; undefined when it does. */
export function refusalOfVote(
  approval: Approval,
  decision: Omit<Decision, 'digest'>,
  requestedBy: string | undefined,
): VoteRefusal | undefined {
  return voteRefusal(approval.terms, voteOf(decision), circumstancesOf(approval, requestedBy));
}

/**
 * Counts a decision on an open approval, and applies what all that was said comes to. Says what is missing where others
 * have to decide too.
 */
export function afterVote(
  agent: AgentState,
  decision: Decision,
  requestedBy: string | undefined,
): { readonly agent: AgentState; readonly missing?: string } {
  const approval = agent.approvals.find(({ approvalId }) => approvalId === decision.approvalId);
  if (approval === undefined || isForAnybody(approval.terms)) {
    return { agent: afterDecision(agent, decision) };
  }
  const decisions = [...(approval.decisions ?? []), decision];
  const counted: AgentState = {
    ...agent,
    approvals: agent.approvals.map((other) =>
      other === approval ? { ...approval, decisions } : other,
    ),
  };
  const votes = decisions.map((one) => voteOf(one));
  const tally = tallyOf(approval.terms, votes, circumstancesOf(approval, requestedBy));
  if (tally.state === 'open') return { agent: counted, missing: tally.missing };
  // Whoever the escalation reached meanwhile can make an earlier approval the one that was missing.
  const isApproved = tally.state === 'approved';
  const deciding = decisions.findLast((one) => (one.decision === 'approve') === isApproved);
  return { agent: afterDecision(counted, deciding ?? decision) };
}

/** Applies a decision to an open approval. A rejection and an answer settle the call at once. */
export function afterDecision(agent: AgentState, decision: Decision): AgentState {
  const approval = agent.approvals.find(({ approvalId }) => approvalId === decision.approvalId);
  if (approval === undefined) return agent;
  const state = decision.decision === 'approve' ? 'approved' : 'rejected';
  const decided = withApprovalState(agent, approval.approvalId, { state, decision });
  const settled = settledBy(decided, approval, decision);
  const granted = withGrant(settled, approval, decision);
  const raisedMicroUsd = granted.raisedMicroUsd + raiseBy(approval, decision);
  return { ...granted, raisedMicroUsd: Math.min(raisedMicroUsd, Number.MAX_SAFE_INTEGER) };
}

/** An approved budget without an amount allows what was asked for, and at least something where a price is unknown. */
function raiseBy({ kind, needsMicroUsd, cap }: Approval, decision: Decision): number {
  // A budget that runs share is raised itself, not the limit of this run.
  if (kind !== 'budget' || cap !== undefined || decision.decision === 'reject') return 0;
  return decision.raiseMicroUsd ?? Math.max(1, needsMicroUsd ?? 1);
}

/** Withdraws what nobody decided because the run ends; questions about unknown effects stay. */
export function withWithdrawn(agent: AgentState): AgentState {
  return {
    ...agent,
    approvals: agent.approvals.map((approval) =>
      approval.state === 'open' && approval.kind !== 'effect_unknown'
        ? { ...approval, state: 'withdrawn' }
        : approval,
    ),
  };
}

/** Ends an approval that nobody decided in time: the call counts as rejected. */
export function afterExpiry(agent: AgentState, approval: Approval): AgentState {
  const expired = withApprovalState(agent, approval.approvalId, { state: 'expired' });
  const call = agent.calls.find(({ callId }) => callId === approval.callId);
  if (call === undefined) return expired;
  const text = 'nobody decided in time; the call was not performed';
  return afterCalls(expired, [
    answeredByWorkflow(call, { status: 'rejected', code: 'approval_expired', text }),
  ]);
}

/** What the loop does about an approval when its time comes. */
export type TimeoutMove =
  | { readonly type: 'reject' }
  | { readonly type: 'approve'; readonly decision: Decision }
  | { readonly type: 'escalate'; readonly to: string };

/** Chooses what becomes of an approval that nobody decided in time. Without anybody left to escalate to it is rejected. */
export function timeoutMove(approval: Approval): TimeoutMove {
  const { terms, risk, approvalId, digest, expiresAtMs: atMs } = approval;
  if (terms?.onTimeout === 'approve' && risk === 'read') {
    const decision = { decisionId: byTimeout, approvalId, digest, decision: 'approve' as const };
    return { type: 'approve', decision: { ...decision, by: byTimeout, via: byTimeout, atMs } };
  }
  const to = terms?.onTimeout === 'escalate' ? nextStep(approval) : undefined;
  return to === undefined ? { type: 'reject' } : { type: 'escalate', to };
}

/** Who decides, and by which way, when time does. No message can carry it: a name without a proof is nobody's. */
export const byTimeout = 'policy';

/** Records that an approval reached somebody of its escalation; at its expiry it gets its time once more. */
export function afterEscalation(
  agent: AgentState,
  { approvalId, escalatedTo = [], expiresAtMs, terms }: Approval,
  { to, nowMs }: { readonly to: string; readonly nowMs: number },
): AgentState {
  const isExpired = terms?.onTimeout === 'escalate' && nowMs >= expiresAtMs;
  const later = nowMs + (terms?.expiresAfterSeconds ?? 0) * 1_000;
  return withApprovalChange(agent, approvalId, {
    escalatedTo: [...escalatedTo, to],
    expiresAtMs: isExpired ? later : expiresAtMs,
  });
}

/** Sets the state of one approval. */
export function withApprovalState(
  agent: AgentState,
  approvalId: string,
  change: { readonly state: ApprovalState; readonly decision?: Decision },
): AgentState {
  return withApprovalChange(agent, approvalId, change);
}

/** Changes one approval. */
export function withApprovalChange(
  agent: AgentState,
  approvalId: string,
  change: Partial<Approval>,
): AgentState {
  return {
    ...agent,
    approvals: agent.approvals.map((approval) =>
      approval.approvalId === approvalId ? { ...approval, ...change } : approval,
    ),
  };
}

function settledBy(agent: AgentState, approval: Approval, decision: Decision): AgentState {
  const call = agent.calls.find(({ callId }) => callId === approval.callId);
  if (call === undefined) return agent;
  if (decision.decision === 'reject') {
    const text = `${decision.by} rejected this call, it was not performed: ${decision.reason ?? 'no reason given'}`;
    return afterCalls(agent, [
      answeredByWorkflow(call, { status: 'rejected', code: 'approval_rejected', text }),
    ]);
  }
  if (approval.kind !== 'question') return agent;
  return afterCalls(agent, [
    answeredByWorkflow(call, {
      status: 'ok',
      text: `${decision.by} answered: ${decision.answer ?? ''}`,
    }),
  ]);
}

/** Most grants of a run: they ride in every input. */
const maxGrants = 16;

function withGrant(agent: AgentState, approval: Approval, decision: Decision): AgentState {
  const call = agent.calls.find(({ callId }) => callId === approval.callId);
  const isGranted = decision.decision === 'approve' && decision.remember !== undefined;
  if (!isGranted || call === undefined || call.access === 'destructive') return agent;
  const grant = {
    grantId: `g${agent.noted + 1}`,
    tool: call.tool,
    pattern: decision.remember,
    grantedBy: decision.by,
    ...(call.verdict.untrusted === undefined ? {} : { untrusted: true as const }),
  };
  return { ...agent, grants: [...agent.grants, grant] };
}
