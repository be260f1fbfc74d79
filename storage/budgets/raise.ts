import { sql } from 'kysely';

import type { BudgetRaise, CapUnit } from '../../domain/budget/budget.ts';
import { appendTenantEvent } from '../events/tenant-events.ts';
import type { Database } from '../postgres/database.ts';

/** Gives budgets the room that people allowed a run; each approval counts once, however often it is brought. */
export async function applyRaises(
  db: Database,
  run: { readonly tenant: string; readonly runId: string },
  raises: readonly BudgetRaise[],
): Promise<void> {
  for (const raise of raises) await applyRaise(db, run, raise);
}

async function applyRaise(
  db: Database,
  { tenant, runId }: { readonly tenant: string; readonly runId: string },
  { approvalId, counterId, unit, amount, by }: BudgetRaise,
): Promise<void> {
  const more = (wanted: CapUnit): number => (unit === wanted ? amount : 0);
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ budget: string }>`
      with noted as (
        insert into budget_history (tenant, budget, subject, period, key, kind, run_id, by_whom, data)
        select tenant, budget, subject, period, ${`raise/${approvalId}`}, 'raise', ${runId}, ${by},
          ${JSON.stringify({ unit, amount, approvalId })}::json
        from budget_counters where tenant = ${tenant} and counter_id = ${counterId}
        on conflict do nothing
        returning budget),
      raised as (
        update budget_counters
        set raised_micro_usd = raised_micro_usd + ${more('usd')}, raised_tokens = raised_tokens + ${more('tokens')},
        raised_calls = raised_calls + ${more('calls')}, allows_unknown = allows_unknown or ${unit === 'unknown'}
        where tenant = ${tenant} and counter_id = ${counterId} and exists (select from noted))
      select budget from noted`.execute(tx);
    for (const { budget } of rows) {
      const data = { budget, unit, amount, approvalId };
      await appendTenantEvent(tx, {
        tenant,
        actor: by,
        runId,
        event: { type: 'budget.raised', data },
      });
    }
  });
}
