import type { AgentState } from '../agent/agent-state.ts';
import { answeredByWorkflow } from '../agent/answered.ts';
import { afterCalls } from '../agent/reducer.ts';
import { unauthenticated } from '../principals/principal.ts';
import type { Approval, Decision } from './approval.ts';
import { withApprovalState } from './change-approval.ts';
import { tallyOf, voteRefusal, type Circumstances, type Vote, type VoteRefusal } from './tally.ts';
import { isForAnybody } from './terms.ts';

/** A decision as it is counted. */
function voteOf({ by, roles = [], decision }: Omit<Decision, 'digest'>): Vote {
  return { person: by === unauthenticated ? undefined : by, roles, decision };
}

/** Who counts on an approval, given who started the run. */
function circumstancesOf(
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
