import { sql, type RawBuilder } from 'kysely';

import type { CapUnit, PassedCap } from '../../domain/budget/budget.ts';
import { rootRunOf } from '../../domain/run/ids.ts';
import { stopTable } from '../stops/stops.ts';
import type { Executor } from '../postgres/database.ts';
import type { JournalledCall } from '../usage/usage.ts';

/** A budget that has no room for a call. */
export interface OverBudget extends PassedCap {
  readonly budget: string;
}

/** Why a call may not be made. */
export type Unreserved =
  | { readonly type: 'stopped'; readonly scope: string }
  | { readonly type: 'over-budget'; readonly refusal: OverBudget };

/** What a statement with {@link reservationTables} says of the budgets; see {@link reservationColumns}. */
export interface ReservationRow {
  /** The scope that stops the call. */
  readonly stopped: string | null;
  readonly is_missing: boolean;
  readonly refusal: {
    readonly name: string;
    readonly counter_id: number;
    readonly unit: CapUnit;
    readonly over: number;
    readonly offer: number;
  } | null;
}

/**
 * The tables of a statement that journals a call and sets aside what it may use at most in every budget that covers it,
 * or does nothing: when something that covers it is stopped, a budget has no room (`refusals`), or a counter is not there
 * yet. It stands behind
 * `without_wait`; the table `gate` is empty when nothing may happen. Every statement locks counters in the order of
 * their ids and before the run's row, so that none waits in a circle.
 */
export function reservationTables(call: JournalledCall, gate: string): RawBuilder<unknown> {
  const usd = sql`${call.estimatedMicroUsd}::bigint`;
  const tokens = sql`${call.reservedTokens}::bigint`;
  return sql`
    ${stopTable(call.subject)},
    ${covering(call)},
    counter_locks as (
      select * from budget_counters
      where counter_id = any(array(select counter_id from covering where counter_id is not null))
      order by counter_id for update),
    refusals as (
      select v.name, l.counter_id, u.unit, u.wanted - u.cap as over,
        greatest(u.wanted - u.cap, case u.unit when 'usd' then 0 else (u.cap + 9) / 10 end) as offer
      from covering v join counter_locks l on l.counter_id = v.counter_id
      cross join lateral (values
        ('usd', v.max_micro_usd + l.raised_micro_usd, l.spent_micro_usd + l.reserved_micro_usd + ${usd}),
        ('tokens', v.max_tokens + l.raised_tokens, l.spent_tokens + l.reserved_tokens + ${tokens}),
        ('calls', v.max_calls + l.raised_calls, l.spent_calls + l.reserved_calls + 1)) as u(unit, cap, wanted)
      where u.wanted > u.cap
      union all
      select v.name, l.counter_id, 'unknown', 1, 1
      from covering v join counter_locks l on l.counter_id = v.counter_id
      where ${usd} is null and v.max_micro_usd is not null and not l.allows_unknown),
    journalled as (
      insert into usage (turn_id, tier, attempt, tenant, run_id, project, model, state, tokens_in,
        cost_micro_usd, cost_source, partial, counters, reserved_micro_usd, reserved_tokens)
      select ${call.turnId}, ${call.tier}, ${call.attempt}, ${call.tenant}, ${call.runId}, ${call.project},
        ${call.model}, 'sent', ${call.estimatedTokensIn}, ${usd}, 'counted', true,
        array(select counter_id from counter_locks), ${usd}, ${tokens}
      from ${sql.table(gate)}, without_wait
      where not exists (select from stop) and not exists (select from refusals)
        and not exists (select from covering where counter_id is null)
      on conflict (turn_id, tier, attempt) do nothing
      returning turn_id),
    reserved as (
      update budget_counters c
      set reserved_micro_usd = c.reserved_micro_usd + coalesce(${usd}, 0),
        reserved_tokens = c.reserved_tokens + ${tokens}, reserved_calls = c.reserved_calls + 1
      from counter_locks l
      where c.counter_id = l.counter_id and exists (select from journalled))`;
}

/** Columns that say what became of a reservation. */
export const reservationColumns: RawBuilder<unknown> = sql`
  (select scope from stop) as stopped,
  exists (select from covering where counter_id is null) as is_missing,
  (select row_to_json(r) from refusals r order by r.name, r.unit, r.counter_id limit 1) as refusal`;

/** Why a reservation was not made; undefined when it was. */
export function refusedReservation({ stopped, refusal }: ReservationRow): Unreserved | undefined {
  if (stopped !== null) return { type: 'stopped', scope: stopped };
  if (refusal === null) return undefined;
  const { name, counter_id: counterId, unit, over, offer } = refusal;
  return { type: 'over-budget', refusal: { budget: name, counterId, unit, over, offer } };
}

/** Makes the counters that a call needs and that are not there: once for each subject and period. */
export async function makeCounters(db: Executor, call: JournalledCall): Promise<void> {
  await sql`
    with ${covering(call)}
    insert into budget_counters (tenant, budget, subject, period)
    select ${call.tenant}, name, subject, period from covering where counter_id is null
    order by name, subject, period
    on conflict do nothing`.execute(db);
}

/** The budgets that cover a call, with the counter of its subject and period; null when there is none yet. */
function covering(call: JournalledCall): RawBuilder<unknown> {
  return sql`covering as (
    select b.name, s.subject, p.period, b.max_micro_usd, b.max_tokens, b.max_calls, c.counter_id
    from budgets b
    join (values ('tenant', ''), ('project', ${call.project}::text), ('specialist', ${call.specialist}::text),
      ('run', ${rootRunOf(call.runId)}::text)) as s(scope, subject) on s.scope = b.scope
    cross join lateral (select case b.per
      when 'day' then to_char(now() at time zone 'UTC', 'YYYY-MM-DD') else '' end as period) p
    left join budget_counters c
      on c.tenant = b.tenant and c.budget = b.name and c.subject = s.subject and c.period = p.period
    where b.tenant = ${call.tenant} and (b.subject is null or b.subject = s.subject))`;
}
