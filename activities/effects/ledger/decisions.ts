import type { PerformCallInput, PerformCallResult } from '../../../domain/agent/activities.ts';
import type { Decision } from '../../../domain/approval/approval.ts';
import { expiriesOf } from '../../../storage/approvals/approvals.ts';
import type { StoredCall } from '../../../storage/calls/prepared-calls.ts';
import type { Executor } from '../../../storage/postgres/database.ts';

type Refused = Extract<PerformCallResult, { type: 'unapproved' }>['refused'];

/**
 * Why no decision covers the call; undefined when one does. It counts only for exactly this digest, and only when it
 * was made before its approval expired: the workflow may have taken one that came late, with its timer.
 */
export async function refusedDecisions(
  db: Executor,
  { decisions }: Pick<PerformCallInput, 'decisions'>,
  call: StoredCall,
): Promise<Refused | undefined> {
  const isApproval = ({ decision, digest }: Decision): boolean =>
    decision === 'approve' && digest === call.digest;
  const approvals = decisions.filter((decision) => isApproval(decision));
  const expiries = await expiriesOf(
    db,
    approvals.map(({ approvalId }) => approvalId),
  );
  const inTime = approvals.some(({ approvalId, atMs }) => atMs <= (expiries.get(approvalId) ?? 0));
  if (inTime) return undefined;
  return decisions.map((decision) => ({
    decisionId: decision.decisionId,
    reason: isApproval(decision) && expiries.has(decision.approvalId) ? 'expired' : 'proof',
  }));
}
