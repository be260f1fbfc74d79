import { sql } from 'kysely';

import type { Executor } from '../postgres/database.ts';
import { moment } from './moment.ts';

/** Failures in a row that open a breaker. */
const failuresToOpen = 5;
/** How long an open breaker refuses before it lets one probe through, in milliseconds. */
const openMs = 30_000;

/** Which breaker: one per endpoint and tenant. */
export interface BreakerKey {
  readonly tenant: string;
  /** Address of the endpoint. */
  readonly backend: string;
}

/** Whether a call may go out. An admitted call reports its end with the same admission. */
export type Admission =
  | { readonly type: 'admitted'; readonly generation: number; readonly probe: boolean }
  | { readonly type: 'refused'; readonly retryAfterMs: number };

/** What `doctor` and `models` show. */
export interface BreakerState {
  readonly backend: string;
  readonly state: 'closed' | 'open' | 'half_open';
  readonly failures: number;
  readonly openedAt: Date | null;
  readonly lastError: string | null;
}

/**
 * Asks whether a call may go out, in one statement: yes while closed; after 30 s of open, yes for exactly one caller over
 * all workers, as a probe. `probeMs` is the longest that the call may take: a probe whose worker died blocks no longer.
 */
export async function admitCall(
  db: Executor,
  key: BreakerKey,
  { probeMs, at }: { readonly probeMs: number; readonly at?: Date },
): Promise<Admission> {
  const now = moment(at);
  const { rows } = await sql<{
    verdict: 'probe' | 'closed' | 'refused';
    generation: number;
    wait: number;
  }>`
    with probe as (
      update model_breakers
      set state = 'half_open', generation = generation + 1, changed_at = ${now},
        probe_until = ${now} + ${probeMs} * interval '1 millisecond'
      where tenant = ${key.tenant} and backend = ${key.backend} and (
        (state = 'open' and opened_at + ${openMs} * interval '1 millisecond' <= ${now})
        or (state = 'half_open' and probe_until <= ${now}))
      returning generation)
    select 'probe' as verdict, generation, 0::float8 as wait from probe
    union all
    select case when state = 'closed' then 'closed' else 'refused' end, generation,
      extract(epoch from case when state = 'open'
        then opened_at + ${openMs} * interval '1 millisecond' else probe_until end - ${now})::float8 * 1000
    from model_breakers
    where tenant = ${key.tenant} and backend = ${key.backend} and not exists (select from probe)`.execute(
    db,
  );
  const row = rows[0];
  if (row === undefined) return { type: 'admitted', generation: 0, probe: false };
  if (row.verdict !== 'refused') {
    return { type: 'admitted', generation: row.generation, probe: row.verdict === 'probe' };
  }
  return { type: 'refused', retryAfterMs: waitOf(row.wait) };
}

// A rival took the probe between this statement's snapshot and its update: its result is due soon.
function waitOf(wait: number | null): number {
  return Math.max(1_000, Math.ceil(wait ?? 0));
}

/** Reports that the endpoint answered, refusals included: it is alive. Writes nothing while all is well. */
export async function recordBackendSuccess(
  db: Executor,
  key: BreakerKey,
  { generation, at }: { readonly generation: number; readonly at?: Date },
): Promise<void> {
  await sql`
    update model_breakers
    set state = 'closed', failures = 0, opened_at = null, probe_until = null, changed_at = ${moment(at)},
      generation = generation + case when state = 'closed' then 0 else 1 end
    where tenant = ${key.tenant} and backend = ${key.backend} and generation = ${generation}
      and (failures > 0 or state <> 'closed')`.execute(db);
}

/** Reports that the endpoint was not reached, broke off or ran out of time. Returns the state after it. */
export async function recordBackendFailure(
  db: Executor,
  key: BreakerKey,
  {
    generation,
    error,
    at,
  }: { readonly generation: number; readonly error: string; readonly at?: Date },
): Promise<'closed' | 'open' | 'superseded'> {
  const now = moment(at);
  const opens = sql<boolean>`(b.state = 'half_open' or b.failures + 1 >= ${failuresToOpen})`;
  const { rows } = await sql<{ state: 'closed' | 'open' }>`
    insert into model_breakers as b (tenant, backend, state, generation, failures, changed_at, last_error)
    values (${key.tenant}, ${key.backend}, 'closed', 0, 1, ${now}, ${error})
    on conflict (tenant, backend) do update set
      failures = b.failures + 1, last_error = excluded.last_error, changed_at = ${now}, probe_until = null,
      state = case when ${opens} then 'open' else b.state end,
      opened_at = case when ${opens} then ${now} else b.opened_at end,
      generation = b.generation + case when ${opens} then 1 else 0 end
    where b.generation = ${generation}
    returning state`.execute(db);
  return rows[0]?.state ?? 'superseded';
}

/** Gives a probe back that ended without telling anything about the endpoint, so that the next call may probe. */
export async function abandonProbe(
  db: Executor,
  key: BreakerKey,
  { generation }: { readonly generation: number },
): Promise<void> {
  await sql`
    update model_breakers set state = 'open', generation = generation + 1, probe_until = null
    where tenant = ${key.tenant} and backend = ${key.backend} and generation = ${generation} and state = 'half_open'`.execute(
    db,
  );
}

/** Lists the breakers of a tenant by address; may be empty. An endpoint without a row never failed. */
export async function listBreakers(db: Executor, tenant: string): Promise<readonly BreakerState[]> {
  const rows = await db
    .selectFrom('model_breakers')
    .select(['backend', 'state', 'failures', 'opened_at', 'last_error'])
    .where('tenant', '=', tenant)
    .orderBy('backend')
    .execute();
  return rows.map((row) => ({
    backend: row.backend,
    state: row.state,
    failures: row.failures,
    openedAt: row.opened_at,
    lastError: row.last_error,
  }));
}
