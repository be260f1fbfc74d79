import type { AgentState } from '../agent/agent-state.ts';
import type { Approval, ApprovalState, Decision } from './approval.ts';

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
