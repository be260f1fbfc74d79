import { sql } from 'kysely';

import type { Executor } from '../postgres/database.ts';
import { moment } from './moment.ts';

/** Which bucket: one per model and tenant, so that tenants do not starve each other. */
export interface BucketKey {
  readonly tenant: string;
  /** Key of the model entry. */
  readonly model: string;
}

/** Limits of a minute; absent means none. */
export interface RateLimits {
  readonly callsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
}

export type RateTake =
  /** `tokens` were taken: at most a whole minute's worth, for a call larger than that could never go out. */
  | { readonly type: 'taken'; readonly tokens: number }
  | { readonly type: 'refused'; readonly retryAfterMs: number };

/** Stands for "no limit" in the arithmetic of the statement. */
const unlimited = 1e15;

/**
 * Takes one call and `tokens` tokens, or nothing, in one statement over all workers. The bucket fills evenly and holds a
 * minute's worth; besides, no minute counted from its first call sees more than the limit, because a full bucket alone
 * would let through twice as much in its first minute.
 */
export async function takeFromBucket(
  db: Executor,
  key: BucketKey,
  {
    limits,
    tokens,
    at,
  }: { readonly limits: RateLimits; readonly tokens: number; readonly at?: Date },
): Promise<RateTake> {
  if (limits.callsPerMinute === undefined && limits.tokensPerMinute === undefined) {
    return { type: 'taken', tokens: 0 };
  }
  const calls = limits.callsPerMinute ?? unlimited;
  const limit = limits.tokensPerMinute ?? unlimited;
  const wanted = Math.min(tokens, limit);
  const now = moment(at);
  const elapsed = sql`greatest(0, extract(epoch from ${now} - b.filled_at)::float8)`;
  const callsNow = sql`least(${calls}::float8, b.calls + ${calls}::float8 * ${elapsed} / 60)`;
  const tokensNow = sql`least(${limit}::float8, b.tokens + ${limit}::float8 * ${elapsed} / 60)`;
  const isNewMinute = sql`(b.minute_start + interval '1 minute' <= ${now})`;
  const isMinuteFull = sql`(not ${isNewMinute} and (
    b.minute_calls + 1 > ${calls}::float8 or b.minute_tokens + ${wanted}::float8 > ${limit}::float8))`;
  // 1e-6: sums of fractions must not refuse what is there but for rounding.
  const { rows } = await sql<{ wait: number | null }>`
    with taken as (
      insert into model_rate_buckets as b
        (tenant, model, calls, tokens, filled_at, minute_start, minute_calls, minute_tokens)
      values (${key.tenant}, ${key.model}, ${calls}::float8 - 1, ${limit}::float8 - ${wanted}::float8,
        ${now}, ${now}, 1, ${wanted}::float8)
      on conflict (tenant, model) do update set
        calls = ${callsNow} - 1, tokens = ${tokensNow} - ${wanted}::float8,
        filled_at = greatest(b.filled_at, ${now}),
        minute_start = case when ${isNewMinute} then ${now} else b.minute_start end,
        minute_calls = case when ${isNewMinute} then 0 else b.minute_calls end + 1,
        minute_tokens = case when ${isNewMinute} then 0 else b.minute_tokens end + ${wanted}::float8
      where ${callsNow} >= 1 - 1e-6 and ${tokensNow} >= ${wanted}::float8 - 1e-6 and not ${isMinuteFull}
      returning 1)
    select null::float8 as wait from taken
    union all
    select greatest(
      (1 - ${callsNow}) * 60 / ${calls}::float8,
      (${wanted}::float8 - ${tokensNow}) * 60 / ${limit}::float8,
      case when ${isMinuteFull} then extract(epoch from b.minute_start + interval '1 minute' - ${now})::float8 end)
    from model_rate_buckets as b
    where b.tenant = ${key.tenant} and b.model = ${key.model} and not exists (select from taken)`.execute(
    db,
  );
  const row = rows[0];
  if (row !== undefined && row.wait === null) return { type: 'taken', tokens: wanted };
  return { type: 'refused', retryAfterMs: waitOf(row?.wait ?? 0) };
}

// Without a row, or with a wait of nothing, a rival took the rest after this statement's snapshot.
function waitOf(seconds: number): number {
  return Math.min(60_000, Math.max(100, Math.ceil(seconds * 1_000)));
}

/** Corrects a take by what the call really used; more than was taken makes the bucket owe. */
export async function settleBucket(
  db: Executor,
  key: BucketKey,
  { taken, used }: { readonly taken: number; readonly used: number },
): Promise<void> {
  if (taken === used) return;
  await sql`
    update model_rate_buckets
    set tokens = tokens + ${taken - used}::float8,
      minute_tokens = greatest(0, minute_tokens - ${taken - used}::float8)
    where tenant = ${key.tenant} and model = ${key.model}`.execute(db);
}
