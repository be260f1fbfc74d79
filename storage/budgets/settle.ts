import { sql, type RawBuilder } from 'kysely';

import type { Usage } from '../../domain/models/usage.ts';
import type { ErrorCode } from '../../domain/failures.ts';
import type { Executor } from '../postgres/database.ts';

/** What a journalled call came to. */
export interface SettledCall {
  readonly turnId: string;
  readonly tier: number;
  readonly attempt: number;
  readonly state: 'answered' | 'failed';
  /** Undefined: nothing was used, and all of the reservation goes back. */
  readonly usage: Usage | undefined;
  readonly code?: ErrorCode;
}

/**
 * The tables of a statement that settles a journalled call, once: what it was reserved for goes back to the budgets, and
 * what it used is spent. A price that is unknown afterwards costs what was reserved. `budget_alerts` holds the thresholds
 * that were passed for the first time. Nothing happens while the table `gate` is empty.
 */
export function settlementTables(call: SettledCall, gate?: string): RawBuilder<unknown> {
  const { usage } = call;
  const cost = usage === undefined ? 0 : usage.costMicroUsd;
  const tokens = usage === undefined ? 0 : usage.tokensIn + usage.tokensOut;
  const isUnknown = usage !== undefined && usage.costMicroUsd === null;
  const isOpen = gate === undefined ? sql`` : sql`and exists (select from ${sql.table(gate)})`;
  return sql`
    journal as (
      select turn_id, tier, attempt, counters, coalesce(reserved_micro_usd, 0) as held_usd,
        reserved_tokens as held_tokens, (state = 'sent')::int as is_held
      from usage
      where turn_id = ${call.turnId} and tier = ${call.tier} and attempt = ${call.attempt}
        and state in ('sent', 'orphaned') ${isOpen}
      for update),
    settled as (
      update usage u set state = ${call.state}, tokens_in = ${usage?.tokensIn ?? 0}, tokens_out = ${usage?.tokensOut ?? 0},
        cached_tokens = ${usage?.cachedTokens ?? null}, cost_micro_usd = ${cost}::bigint,
        cost_source = ${usage?.costSource ?? 'counted'}, partial = ${usage?.partial ?? false},
        code = ${call.code ?? null}, ended_at = now()
      from journal j
      where u.turn_id = j.turn_id and u.tier = j.tier and u.attempt = j.attempt
      returning u.turn_id),
    counter_locks as (
      select * from budget_counters
      where counter_id = any((select counters from journal)::bigint[])
      order by counter_id for update),
    charges as (
      select l.*, l.reserved_micro_usd - j.is_held * j.held_usd as reserved_usd_now,
        l.reserved_tokens - j.is_held * j.held_tokens as reserved_tokens_now,
        l.reserved_calls - j.is_held as reserved_calls_now,
        l.spent_micro_usd + coalesce(${cost}::bigint, j.held_usd) - (1 - j.is_held) * j.held_usd as spent_usd_now,
        l.spent_tokens + ${tokens}::bigint - (1 - j.is_held) * j.held_tokens as spent_tokens_now,
        l.spent_calls + ${usage === undefined ? 0 : 1}::bigint - (1 - j.is_held) as spent_calls_now,
        b.scope, b.max_micro_usd + l.raised_micro_usd as cap_usd, b.max_tokens + l.raised_tokens as cap_tokens,
        b.max_calls + l.raised_calls as cap_calls
      from journal j cross join counter_locks l
      left join budgets b on b.tenant = l.tenant and b.name = l.budget),
    levels as (
      select c.counter_id, max(case when share.percent >= 90 then 90 when share.percent >= 80 then 80 else 0 end) as level
      from charges c cross join lateral (values
        (c.spent_usd_now * 100.0 / nullif(c.cap_usd, 0)), (c.spent_tokens_now * 100.0 / nullif(c.cap_tokens, 0)),
        (c.spent_calls_now * 100.0 / nullif(c.cap_calls, 0))) as share(percent)
      group by c.counter_id),
    charged as (
      update budget_counters b
      set reserved_micro_usd = c.reserved_usd_now, reserved_tokens = c.reserved_tokens_now,
        reserved_calls = c.reserved_calls_now, spent_micro_usd = c.spent_usd_now,
        spent_tokens = c.spent_tokens_now, spent_calls = c.spent_calls_now,
        unknown_calls = b.unknown_calls + ${isUnknown ? 1 : 0}, alerted = greatest(c.alerted, v.level)
      from charges c join levels v on v.counter_id = c.counter_id
      where b.counter_id = c.counter_id),
    budget_alerts as (
      select c.tenant, c.budget, c.subject, c.period, c.counter_id, t.threshold,
        json_build_object('budget', c.budget, 'scope', c.scope, 'of', c.subject, 'period', c.period,
          'threshold', t.threshold,
          'spent', json_build_object('microUsd', c.spent_usd_now, 'tokens', c.spent_tokens_now, 'calls', c.spent_calls_now),
          'limit', json_build_object('microUsd', c.cap_usd, 'tokens', c.cap_tokens, 'calls', c.cap_calls)) as data
      from charges c join levels v on v.counter_id = c.counter_id
      cross join (values (80), (90)) as t(threshold)
      where t.threshold > c.alerted and t.threshold <= v.level),
    alerts_kept as (
      insert into budget_history (tenant, budget, subject, period, key, kind, data)
      select tenant, budget, subject, period, 'alert/' || counter_id || '/' || threshold, 'alert', data
      from budget_alerts order by counter_id, threshold
      on conflict do nothing)`;
}

/** More rows of an event log: one for each alert of {@link settlementTables}. */
export const alertEvents: RawBuilder<unknown> = sql`
  union all
  select json_build_object('position', 0, 'type', 'budget.alert', 'at', now(), 'data', data),
    1000000 + row_number() over (order by counter_id, threshold)
  from budget_alerts`;

/** True once the counters are locked: what stands behind it is locked after them. */
export const behindCounters: RawBuilder<unknown> = sql`(select count(*) from counter_locks) >= 0`;

/**
 * Takes calls whose worker died for spent, as they were reserved: those of a run, or only those of a turn before one of
 * its attempts. One that turns out to live is settled by itself later.
 */
export async function settleOrphans(
  db: Executor,
  calls: {
    readonly runId: string;
    readonly turn?: { readonly id: string; readonly before: number };
  },
): Promise<void> {
  const { runId, turn } = calls;
  const which =
    turn === undefined ? sql`` : sql`and turn_id = ${turn.id} and attempt < ${turn.before}`;
  await sql`
    with journal as (
      select turn_id, tier, attempt, counters, coalesce(reserved_micro_usd, 0) as usd, reserved_tokens as tokens
      from usage where run_id = ${runId} and state = 'sent' ${which}
      order by turn_id, tier, attempt for update),
    lost as (
      select counter_id, sum(usd) as usd, sum(tokens) as tokens, count(*) as calls
      from journal cross join lateral unnest(counters) as each(counter_id) group by counter_id),
    counter_locks as (
      select counter_id from budget_counters where counter_id = any(array(select counter_id from lost))
      order by counter_id for update),
    charged as (
      update budget_counters c
      set reserved_micro_usd = c.reserved_micro_usd - l.usd, reserved_tokens = c.reserved_tokens - l.tokens,
        reserved_calls = c.reserved_calls - l.calls, spent_micro_usd = c.spent_micro_usd + l.usd,
        spent_tokens = c.spent_tokens + l.tokens, spent_calls = c.spent_calls + l.calls
      from lost l join counter_locks k on k.counter_id = l.counter_id
      where c.counter_id = l.counter_id)
    update usage u set state = 'orphaned', ended_at = now()
    from journal j where u.turn_id = j.turn_id and u.tier = j.tier and u.attempt = j.attempt`.execute(
    db,
  );
}
