import { sql } from 'kysely';

import type { Database, Executor } from '../postgres/database.ts';
import { lockContents } from './lock-contents.ts';

/**
 * Every column that names a blob, as `tenant` and `hash`. Runs without contents name none. Whoever adds a column that
 * names blobs adds it here, else they are swept away.
 */
const references = sql`
  select tenant, pins->>'definitions' as hash from runs where emptied_at is null
  union all select tenant, patch from runs where emptied_at is null and patch is not null
  union all select tenant, outcome->>'result' from call_outcomes
  union all select tenant, text from call_outcomes, unnest(texts) as text
  union all select tenant, result from effects where result is not null
  union all select tenant, evidence from effects where evidence is not null
  union all select tenant, hash from workspace_bundle_blobs where replaced_at is null
  union all select tenant, args_blob from dead_letters where args_blob is not null`;

/** Blobs that these runs name. Call it before their rows are taken away. */
export async function blobsOf(
  tx: Executor,
  tenant: string,
  runIds: readonly string[],
): Promise<readonly string[]> {
  const ids = [...runIds];
  const { rows } = await sql<{ hash: string }>`
    select distinct hash from (
      select pins->>'definitions' as hash from runs where run_id = any(${ids})
      union all select patch from runs where run_id = any(${ids})
      union all select outcome->>'result' from call_outcomes where run_id = any(${ids})
      union all select text from call_outcomes, unnest(texts) as text where run_id = any(${ids})
      union all select result from effects where run_id = any(${ids})
      union all select evidence from effects where run_id = any(${ids})
      union all select hash from workspace_bundle_blobs where run_id = any(${ids})
      union all select args_blob from dead_letters where run_id = any(${ids})) as named
    where hash is not null and exists (
      select from blobs where blobs.tenant = ${tenant} and blobs.hash = named.hash)`.execute(tx);
  return rows.map(({ hash }) => hash);
}

/** Deletes those of the blobs that nothing names. Call it under the lock of the contents. Returns how many. */
export async function deleteUnneeded(
  tx: Executor,
  tenant: string,
  hashes: readonly string[],
): Promise<number> {
  if (hashes.length === 0) return 0;
  const { rows } = await sql<{ count: string }>`
    with needed as (
      select distinct hash from (${references}) as named where tenant = ${tenant} and hash = any(${[...hashes]})),
    deleted as (
      delete from blobs
      where tenant = ${tenant} and hash = any(${[...hashes]}) and hash not in (select hash from needed)
      returning hash)
    select count(*) from deleted`.execute(tx);
  return Number(rows[0]?.count ?? 0);
}

/** A text that a message carries has no row before it is heard: this long at least it is nobody's. Milliseconds. */
const strayMs = 24 * 60 * 60 * 1_000;
/** Strays that are deleted in one transaction. */
const maxStrays = 500;

/**
 * Deletes blobs that nothing ever named, some hundreds at a time. One that is younger than the oldest run that is not
 * over stays: it may be a text that waits in the state of a run. Returns how many; none when there are no more.
 */
export async function sweepStrays(db: Database, tenant: string, nowMs: number): Promise<number> {
  const strays = await straysOf(db, tenant, nowMs);
  if (strays.length === 0) return 0;
  return db.transaction().execute(async (tx) => {
    await lockContents(tx);
    return deleteUnneeded(tx, tenant, strays);
  });
}

/**
 * Deletes blobs of bundles that newer ones have taken the place of, some hundreds at a time. Returns how many rows were
 * looked at; 0 when there are no more.
 */
export async function sweepReplaced(
  db: Database,
  tenant: string,
): Promise<{ readonly looked: number; readonly blobs: number }> {
  return db.transaction().execute(async (tx) => {
    await lockContents(tx);
    const { rows } = await sql<{ hash: string }>`
      delete from workspace_bundle_blobs where ctid in (
        select ctid from workspace_bundle_blobs
        where tenant = ${tenant} and replaced_at is not null limit ${maxStrays})
      returning hash`.execute(tx);
    const hashes = [...new Set(rows.map(({ hash }) => hash))];
    return { looked: rows.length, blobs: await deleteUnneeded(tx, tenant, hashes) };
  });
}

/** Blobs that nothing names, at most as many as are deleted at once. */
export async function straysOf(
  db: Executor,
  tenant: string,
  nowMs: number,
): Promise<readonly string[]> {
  const { rows } = await sql<{ hash: string }>`
    select hash from blobs
    where tenant = ${tenant}
      and created_at < least(${new Date(nowMs - strayMs)}::timestamptz, (
        select min(created_at) from runs where tenant = ${tenant} and ended_at is null))
      and hash not in (
        select hash from (${references}) as named where tenant = ${tenant} and hash is not null)
    limit ${maxStrays}`.execute(db);
  return rows.map(({ hash }) => hash);
}
