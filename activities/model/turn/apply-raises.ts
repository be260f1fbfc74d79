import type { InvokeModelInput } from '../../../domain/agent/activities.ts';
import type { BudgetRaise } from '../../../domain/budget/budget.ts';
import { mayDo } from '../../../domain/principals/permissions.ts';
import { applyRaise, type GivenRaise } from '../../../storage/budgets/raise.ts';
import type { Database } from '../../../storage/postgres/database.ts';
import { verifyProof } from '../../identity/verify-proof.ts';

/**
 * Gives shared budgets the room that people allowed this turn. Other runs use them too, so the workflow's word is not
 * enough: what a person signed is verified again, and their roles as they are now.
 */
export async function applyRaises(
  db: Database,
  { run, turn, raises = [] }: Pick<InvokeModelInput, 'run' | 'turn' | 'raises'>,
): Promise<void> {
  const { tenant, runId } = run;
  for (const raise of raises) {
    // An approval of another turn has counted there.
    if (!raise.approvalId.startsWith(`${turn}/`)) continue;
    const given = await givenRaise(db, run, raise);
    if (given !== undefined) await applyRaise(db, { tenant, runId, turn }, given);
  }
}

async function givenRaise(
  db: Database,
  run: InvokeModelInput['run'],
  { approvalId, counterId, unit, signed, proof }: BudgetRaise,
): Promise<GivenRaise | undefined> {
  if (signed === undefined || proof === undefined) return undefined;
  const claim = { run, message: 'decideApproval' as const, input: signed, proof };
  const signer = await verifyProof({ db, now: Date.now }, claim);
  const isGiven =
    signer.type === 'proved' &&
    mayDo('raise', signer.roles) &&
    signed['approvalId'] === approvalId &&
    signed['decision'] === 'approve';
  if (!isGiven) return undefined;
  const named = unit === 'usd' ? signed['raiseMicroUsd'] : undefined;
  const microUsd = typeof named === 'number' ? named : undefined;
  return { approvalId, counterId, unit, microUsd, by: signer.by };
}
