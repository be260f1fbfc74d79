import type { AgentState } from '../agent/agent-state.ts';
import { answeredByWorkflow } from '../agent/answered.ts';
import { afterCalls } from '../agent/reducer.ts';
import type { Approval, Decision } from './approval.ts';
import { withApprovalState, withApprovalChange } from './change-approval.ts';
import { nextStep } from './due.ts';

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
