import { sql } from 'kysely';

import type { CapUnit, PassedCap } from '../../domain/budget/budget.ts';
import { appendTenantEvent } from '../events/tenant-events.ts';
import type { Database, Executor } from '../postgres/database.ts';

/** The turn of a run that a budget has no room for. */
export interface TurnOfRun {
  readonly tenant: string;
  readonly runId: string;
  readonly turn: string;
}

/** Room that a registered person gave a turn. */
export interface GivenRaise {
  /** The approval by which it was given. */
  readonly approvalId: string;
  readonly counterId: number;
  readonly unit: CapUnit;
  /** The amount that the person named, in micro-dollars; undefined: what was offered. */
  readonly microUsd: number | undefined;
  readonly by: string;
}

/** Kind of the rows that keep what was offered; people are not shown them. */
export const offerKind = 'offer';

const offerKey = (turn: string, { counterId, unit }: Pick<PassedCap, 'counterId' | 'unit'>) =>
  `offer/${turn}/${counterId}/${unit}`;

/** Keeps what an approval without an amount allows more, so that nobody else can say how much that was. */
export async function keepOffer(
  db: Executor,
  { tenant, runId, turn }: TurnOfRun,
  cap: PassedCap,
): Promise<void> {
  const { counterId, unit, offer } = cap;
  await sql`
    insert into budget_history (tenant, budget, subject, period, key, kind, run_id, data)
    select tenant, budget, subject, period, ${offerKey(turn, cap)}, ${offerKind}, ${runId},
      ${JSON.stringify({ unit, amount: offer })}::json
    from budget_counters where tenant = ${tenant} and counter_id = ${counterId}
    on conflict (tenant, key) do update set data = excluded.data`.execute(db);
}

/**
 * Gives a budget the room that somebody allowed a turn, if that budget was what refused it. Each approval counts once,
 * however often it is brought.
 */
export async function applyRaise(
  db: Database,
  { tenant, runId, turn }: TurnOfRun,
  raise: GivenRaise,
): Promise<void> {
  const { approvalId, counterId, unit, microUsd, by } = raise;
  const more = (wanted: CapUnit) => (unit === wanted ? sql`noted.amount` : sql`0`);
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ budget: string; amount: string }>`
      with offered as (
        select c.*, coalesce(${microUsd ?? null}::bigint, (h.data->>'amount')::numeric::bigint) as amount
        from budget_counters c
        join budget_history h on h.tenant = c.tenant and h.key = ${offerKey(turn, raise)}
        where c.tenant = ${tenant} and c.counter_id = ${counterId} and h.kind = ${offerKind}),
      noted as (
        insert into budget_history (tenant, budget, subject, period, key, kind, run_id, by_whom, data)
        select tenant, budget, subject, period, ${`raise/${approvalId}`}, 'raise', ${runId}, ${by},
          json_build_object('unit', ${unit}::text, 'amount', amount, 'approvalId', ${approvalId}::text)
        from offered
        on conflict do nothing
        returning budget, (data->>'amount')::bigint as amount),
      raised as (
        update budget_counters
        set raised_micro_usd = raised_micro_usd + ${more('usd')}, raised_tokens = raised_tokens + ${more('tokens')},
        raised_calls = raised_calls + ${more('calls')}, allows_unknown = allows_unknown or ${unit === 'unknown'}
        from noted
        where tenant = ${tenant} and counter_id = ${counterId})
      select budget, amount from noted`.execute(tx);
    for (const { budget, amount } of rows) {
      const data = { budget, unit, amount: Number(amount), approvalId };
      await appendTenantEvent(tx, {
        tenant,
        actor: by,
        runId,
        event: { type: 'budget.raised', data },
      });
    }
  });
}
