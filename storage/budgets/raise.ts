import { sql } from 'kysely';

import type { BudgetRaise, CapUnit } from '../../domain/budget/budget.ts';
import type { Executor } from '../postgres/database.ts';

/** Gives budgets the room that people allowed a run; each approval counts once, however often it is brought. */
export async function applyRaises(
  db: Executor,
  { tenant, runId }: { readonly tenant: string; readonly runId: string },
  raises: readonly BudgetRaise[],
): Promise<void> {
  for (const raise of raises) {
    const { approvalId, counterId, unit, amount, by } = raise;
    const more = (wanted: CapUnit): number => (unit === wanted ? amount : 0);
    await sql`
      with noted as (
        insert into budget_history (tenant, budget, subject, period, key, kind, run_id, by_whom, data)
        select tenant, budget, subject, period, ${`raise/${approvalId}`}, 'raise', ${runId}, ${by},
          ${JSON.stringify({ unit, amount, approvalId })}::json
        from budget_counters where tenant = ${tenant} and counter_id = ${counterId}
        on conflict do nothing
        returning key)
      update budget_counters
      set raised_micro_usd = raised_micro_usd + ${more('usd')}, raised_tokens = raised_tokens + ${more('tokens')},
        raised_calls = raised_calls + ${more('calls')}, allows_unknown = allows_unknown or ${unit === 'unknown'}
      where tenant = ${tenant} and counter_id = ${counterId} and exists (select from noted)`.execute(
      db,
    );
  }
}
