import type { AgentState } from '../agent/agent-state.ts';
import { answeredByWorkflow } from '../agent/answered.ts';
import { afterCalls } from '../agent/reducer.ts';
import type { PassedCap } from '../budget/budget.ts';
import type { Hash } from '../json.ts';
import type { DecideApprovalInput } from '../messages/decide-approval.ts';
import { approvalIdOf } from '../run/ids.ts';
import type { PreparedCall } from '../tools/prepared-call.ts';
import {
  approvalExpiryMs,
  type Approval,
  type ApprovalKind,
  type ApprovalState,
  type DecidedApproval,
  type Decision,
} from './approval.ts';

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
}

/** Opens an approval at a call or turn; its number counts per turn. */
export function withApproval(
  agent: AgentState,
  { position, ...subject }: ApprovalSubject,
  nowMs: number,
): { readonly agent: AgentState; readonly approval: Approval } {
  const asked = agent.asked + 1;
  const approval: Approval = {
    approvalId: approvalIdOf(position, asked),
    ...subject,
    requestedAtMs: nowMs,
    expiresAtMs: nowMs + approvalExpiryMs,
    state: 'open',
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
  };
}

function riskOf({ access }: PreparedCall): Approval['risk'] {
  if (access === 'destructive') return 'destructive';
  return access === 'change' ? 'change' : 'read';
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
  const before = decided.findLast(({ approvalId }) => approvalId === input.approvalId);
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
  if (approval.risk === 'destructive') {
    return incomplete('a destructive call is approved one by one; it cannot be remembered');
  }
  if (granted >= maxGrants) {
    return incomplete(`a run keeps at most ${maxGrants} grants; revoke one first`);
  }
  return undefined;
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

/** Sets the state of one approval. */
export function withApprovalState(
  agent: AgentState,
  approvalId: string,
  change: { readonly state: ApprovalState; readonly decision?: Decision },
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
  };
  return { ...agent, grants: [...agent.grants, grant] };
}
