import type { PerformCallInput, PerformCallResult } from '../../../domain/agent/activities.ts';
import type { Decision } from '../../../domain/approval/approval.ts';
import { expiriesOf } from '../../../storage/approvals/approvals.ts';
import type { StoredCall } from '../../../storage/calls/prepared-calls.ts';
import type { Executor } from '../../../storage/postgres/database.ts';
import { signerOf } from '../../identity/verify-proof.ts';

type Refused = Extract<PerformCallResult, { type: 'unapproved' }>['refused'][number];

/**
 * Why no decision covers the call; undefined when one does. It counts only for exactly this digest, when it was made
 * before its approval expired (the workflow may have taken one that came late, with its timer), and in somebody's name
 * only with a proof that still verifies.
 */
export async function refusedDecisions(
  db: Executor,
  { run, decisions }: Pick<PerformCallInput, 'run' | 'decisions'>,
  call: StoredCall,
): Promise<readonly Refused[] | undefined> {
  const ids = decisions.map(({ approvalId }) => approvalId);
  const expiries = await expiriesOf(db, ids);
  const refused: Refused[] = [];
  for (const decision of decisions) {
    // One after the other: there is hardly ever a second one.
    const reason =
      reasonOf(decision, call, expiries.get(decision.approvalId)) ??
      (await proofReason(db, run, decision));
    if (reason === undefined) return undefined;
    refused.push({ decisionId: decision.decisionId, reason });
  }
  return refused;
}

function reasonOf(
  { decision, digest, atMs }: Decision,
  call: StoredCall,
  expiresAtMs: number | undefined,
): Refused['reason'] | undefined {
  if (decision !== 'approve' || digest !== call.digest || expiresAtMs === undefined) return 'proof';
  return atMs <= expiresAtMs ? undefined : 'expired';
}

/** Without a proof a decision is nobody's, which is enough where policy asks for nobody in particular. */
async function proofReason(
  db: Executor,
  { tenant, runId }: PerformCallInput['run'],
  { by, proof, signed, approvalId, decision }: Decision,
): Promise<Refused['reason'] | undefined> {
  if (proof === undefined || signed === undefined) return undefined;
  const content = { message: 'decideApproval' as const, runId, input: signed };
  const signer = await signerOf(db, tenant, { content, proof });
  const isSame =
    signer.type === 'proved' &&
    signer.by === by &&
    signed['approvalId'] === approvalId &&
    signed['decision'] === decision;
  return isSame ? undefined : 'proof';
}
