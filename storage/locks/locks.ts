import { sql } from 'kysely';

import type { FenceToken, LockMode } from '../../domain/locks/lock-name.ts';
import type { LockHold, LockStanding } from '../../domain/locks/lock-state.ts';
import { plainKeyPattern, runKeyOf } from '../../domain/run/ids.ts';
import { plainKey } from '../hashing.ts';
import type { Executor } from '../postgres/database.ts';

/** A lock of a tenant. */
export interface LockKey {
  readonly tenant: string;
  readonly name: string;
}

/** Workflow Id of a lock: `lock/<tenant>/<kind>/<name>`. */
export function lockIdOf({ tenant, name }: LockKey): string {
  const end = name.indexOf(':');
  const key = plainKey(name.slice(end + 1), plainKeyPattern);
  return `lock/${tenant}/${name.slice(0, end)}/${key}`;
}

/** Makes the row of a lock where there is none. */
export async function ensureLock(db: Executor, lock: LockKey): Promise<void> {
  await db
    .insertInto('locks')
    .values({ ...lock, lock_id: lockIdOf(lock) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The lock whose workflow has this id; undefined when nobody ever asked for it. */
export async function lockOfId(db: Executor, lockId: string): Promise<LockKey | undefined> {
  return db
    .selectFrom('locks')
    .select(['tenant', 'name'])
    .where('lock_id', '=', lockId)
    .executeTakeFirst();
}

/** Everybody who holds a lock, in the order of the fences. */
export async function holdsOf(
  db: Executor,
  { tenant, name }: LockKey,
): Promise<readonly LockHold[]> {
  const { rows } = await sql<HoldRow>`
    select request_id, run_id, mode, fence,
      case when lease_until = 'infinity' then null
        else floor(extract(epoch from lease_until - clock_timestamp()) * 1000)::float8 end as left_ms
    from lock_requests
    where tenant = ${tenant} and name = ${name} and fence is not null
    order by fence`.execute(db);
  return rows.map((row) => ({
    requestId: row.request_id,
    runId: row.run_id,
    mode: row.mode,
    fence: Number(row.fence),
    leaseLeftMs: row.left_ms,
  }));
}

interface HoldRow {
  readonly request_id: string;
  readonly run_id: string;
  readonly mode: LockMode;
  readonly fence: string;
  readonly left_ms: number | null;
}

/** Where a wish stands; `asked` until the workflow of the lock has recorded it. */
export async function standingOf(
  db: Executor,
  lock: LockKey,
  requestId: string,
): Promise<LockStanding> {
  const row = await db
    .selectFrom('lock_requests')
    .select(['place', 'fence'])
    .where('tenant', '=', lock.tenant)
    .where('name', '=', lock.name)
    .where('request_id', '=', requestId)
    .executeTakeFirst();
  if (row === undefined) return { type: 'asked' };
  if (row.place === null) return { type: 'held', fence: Number(row.fence) };
  const holds = await holdsOf(db, lock);
  return {
    type: 'waiting',
    place: row.place,
    heldBy: holds.map(({ runId }) => runKeyOf(runId)),
  };
}

/** Grants of a run, by name and fence. */
interface HeldTokens {
  readonly tenant: string;
  readonly runId: string;
  readonly tokens: readonly FenceToken[];
}

/** Renews leases, from now on. What is no longer held stays lost; a lease without end stays so. */
export async function renewLeases(
  db: Executor,
  { tenant, runId, tokens }: HeldTokens,
  leaseMs: number,
): Promise<void> {
  if (tokens.length === 0) return;
  await sql`
    update lock_requests set lease_until = greatest(lease_until, now() + ${leaseMs} * interval '1 millisecond')
    where tenant = ${tenant} and run_id = ${runId} and ${among(tokens)}`.execute(db);
}

/** Takes the end off leases: nobody knows whether the effect they were taken for still goes on. */
export async function keepLeases(
  db: Executor,
  { tenant, runId, tokens }: HeldTokens,
): Promise<void> {
  await sql`
    update lock_requests set lease_until = 'infinity'
    where tenant = ${tenant} and run_id = ${runId} and ${among(tokens)}`.execute(db);
}

/**
 * The first token that no longer proves that its run holds the lock; undefined when all do. In a transaction the grants
 * stay until its end: whoever takes one away waits, or was faster.
 */
export async function staleToken(
  tx: Executor,
  { tenant, runId, tokens }: HeldTokens,
): Promise<FenceToken | undefined> {
  const { rows } = await sql<{ readonly name: string; readonly fence: string }>`
    select name, fence from lock_requests
    where tenant = ${tenant} and run_id = ${runId} and ${among(tokens)} for share`.execute(tx);
  return tokens.find(
    ({ name, fence }) => !rows.some((row) => row.name === name && Number(row.fence) === fence),
  );
}

function among(tokens: readonly FenceToken[]) {
  return sql`(name, fence) in (
    select * from unnest(${tokens.map(({ name }) => name)}::text[], ${tokens.map(({ fence }) => fence)}::bigint[]))`;
}
