import type { Approval } from '../approval/approval.ts';
import type { BudgetRaise } from './budget.ts';

/** The room in shared budgets that people gave on these approvals; each is brought until the model has answered. */
export function raisesOf(approvals: readonly Approval[]): readonly BudgetRaise[] {
  return approvals.flatMap(({ approvalId, state, cap, decision }) => {
    if (cap === undefined || state !== 'approved') return [];
    const { counterId, unit } = cap;
    return [{ approvalId, counterId, unit, signed: decision?.signed, proof: decision?.proof }];
  });
}
