import { sql } from 'kysely';

import { outsideTools } from '../../domain/effects/outside-tools.ts';
import type { Hash } from '../../domain/json.ts';
import type { WorkspaceLoss } from '../../domain/workspace/lost-changes.ts';
import type { Database, Executor } from '../postgres/database.ts';

/** Who holds a workspace, and the bundle it can be restored from. */
export interface KeptWorkspace {
  readonly workspaceId: string;
  readonly tenant: string;
  readonly runId: string;
  readonly host: string;
  /** What its folder has to say for it to be the present one. */
  readonly token: string;
  /** Number of the effect behind which the bundle was made. */
  readonly behind: number;
  /** Moment of the state in the bundle, ISO 8601. */
  readonly asOf: string;
  /** Blobs of its parts, oldest first; empty when there is no bundle. */
  readonly parts: readonly Hash[];
  /** Why the newest state is in no bundle. */
  readonly problem: string | undefined;
  /** What nobody was told yet. */
  readonly loss: WorkspaceLoss | undefined;
}

/** The row of a workspace; undefined while there was nothing to keep. */
export async function getKept(
  db: Executor,
  workspaceId: string,
): Promise<KeptWorkspace | undefined> {
  const row = await db
    .selectFrom('workspace_bundles')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    workspaceId,
    tenant: row.tenant,
    runId: row.run_id,
    host: row.host,
    token: row.token,
    behind: row.behind,
    asOf: row.as_of.toISOString(),
    parts: row.parts,
    problem: row.problem ?? undefined,
    // Written by this folder only.
    loss: (row.loss as WorkspaceLoss | null) ?? undefined,
  };
}

/** Host that holds a workspace now; undefined while it is where it was made. */
export async function readHolder(db: Executor, workspaceId: string): Promise<string | undefined> {
  return (await getKept(db, workspaceId))?.host;
}

/** What a bundle would be made of right now. */
export interface BundleSubject {
  readonly tenant: string;
  /** Number of the newest effect that may have changed the workspace; 0 when there is none. */
  readonly behind: number;
  /** By the clock of the database, with its whole precision. */
  readonly asOf: string;
  /** True when an effect is going on, so that nothing holds still. */
  readonly isBusy: boolean;
  /** True when the bundle there is holds all of it. */
  readonly isKept: boolean;
}

const outside = [...outsideTools];

/** Looks at what a bundle would be made of; undefined when the run is over or unknown. */
export async function bundleSubject(
  db: Executor,
  { runId, workspaceId }: { readonly runId: string; readonly workspaceId: string },
): Promise<BundleSubject | undefined> {
  const { rows } = await sql<{
    tenant: string;
    behind: number;
    as_of: string;
    is_busy: boolean;
    is_kept: boolean;
  }>`
    with changes as (
      select effect_seq, state, created_at from effects
      where run_id = ${runId} and tool <> all(${outside}::text[])),
    newest as (
      select coalesce(max(effect_seq), 0) as seq, max(created_at) as at,
        coalesce(bool_or(state = 'intent'), false) as is_busy from changes)
    select tenant, newest.seq as behind, now()::text as as_of, newest.is_busy,
      exists (
        select from workspace_bundles as kept
        where kept.workspace_id = ${workspaceId} and cardinality(kept.parts) > 0
          and kept.behind = newest.seq and (newest.at is null or newest.at < kept.as_of)) as is_kept
    from runs, newest where run_id = ${runId} and ended_at is null`.execute(db);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { tenant, behind, as_of: asOf, is_busy: isBusy, is_kept: isKept } = row;
  return { tenant, behind, asOf, isBusy, isKept };
}

/** A bundle that is complete. */
export interface NewBundle {
  readonly workspaceId: string;
  readonly tenant: string;
  readonly runId: string;
  readonly host: string;
  readonly token: string;
  readonly behind: number;
  readonly asOf: string;
  readonly parts: readonly Hash[];
  readonly bytes: number;
  /** Blobs that it needs and the one before did not, its new part among them. */
  readonly added: readonly Hash[];
  /** Parts of the bundle before that are kept: only then its other blobs are. */
  readonly extends: 'all-parts' | 'first-part' | 'nothing';
  /** Blobs of the first part, when only that is kept. */
  readonly basePacks: readonly Hash[];
}

/**
 * Makes a bundle the one that the workspace is restored from. Says `stale`, and has written nothing, when the run is
 * over, an effect has begun since, another host holds the workspace, or a blob is gone.
 */
export async function saveBundle(db: Database, bundle: NewBundle): Promise<'saved' | 'stale'> {
  const { workspaceId, tenant, runId, host, token, behind, asOf, parts, added } = bundle;
  return db.transaction().execute(async (tx) => {
    // Whoever looks for blobs that nothing names waits for this, or this finds them gone.
    await sql`lock table blobs in row exclusive mode`.execute(tx);
    const run = await sql`
      select from runs where run_id = ${runId} and ended_at is null for update`.execute(tx);
    // Looked at behind the lock, which every intent takes.
    const later = await sql`
      select from effects where run_id = ${runId} and tool <> all(${outside}::text[])
        and (effect_seq > ${behind} or state = 'intent' or created_at > ${asOf}::timestamptz)
      limit 1`.execute(tx);
    if (run.rows.length === 0 || later.rows.length > 0) return 'stale';
    const there = await sql<{ count: string }>`
      select count(*) from blobs where tenant = ${tenant} and hash = any(${[...added]}::text[])`.execute(
      tx,
    );
    if (Number(there.rows[0]?.count) !== new Set(added).size) return 'stale';
    const written = await sql`
      insert into workspace_bundles (workspace_id, tenant, run_id, host, token, behind, as_of, parts, bytes)
      values (${workspaceId}, ${tenant}, ${runId}, ${host}, ${token}, ${behind}, ${asOf}::timestamptz,
        ${[...parts]}::text[], ${bundle.bytes})
      on conflict (workspace_id) do update
      set behind = excluded.behind, as_of = excluded.as_of, parts = excluded.parts, bytes = excluded.bytes,
        problem = null
      where workspace_bundles.token = excluded.token
      returning workspace_id`.execute(tx);
    if (written.rows.length === 0) return 'stale';
    await replaceBlobs(tx, bundle);
    return 'saved';
  });
}

async function replaceBlobs(tx: Executor, bundle: NewBundle): Promise<void> {
  const { workspaceId, tenant, runId, added } = bundle;
  if (bundle.extends !== 'all-parts') {
    const kept = bundle.extends === 'nothing' ? [] : [...bundle.basePacks];
    await sql`
      update workspace_bundle_blobs set replaced_at = now()
      where workspace_id = ${workspaceId} and replaced_at is null and hash <> all(${kept}::text[])`.execute(
      tx,
    );
  }
  await sql`
    insert into workspace_bundle_blobs (workspace_id, hash, tenant, run_id)
    select ${workspaceId}, hash, ${tenant}, ${runId} from unnest(${[...new Set(added)]}::text[]) as hash
    on conflict (workspace_id, hash) do update set replaced_at = null`.execute(tx);
}

/** Writes down why a workspace is in no bundle. Returns false when the same was written before. */
export async function saveProblem(
  db: Executor,
  {
    workspaceId,
    tenant,
    runId,
    host,
    token,
    problem,
  }: Pick<NewBundle, 'workspaceId' | 'tenant' | 'runId' | 'host' | 'token'> & {
    readonly problem: string;
  },
): Promise<boolean> {
  const { rows } = await sql`
    insert into workspace_bundles (workspace_id, tenant, run_id, host, token, behind, as_of, parts, bytes, problem)
    values (${workspaceId}, ${tenant}, ${runId}, ${host}, ${token}, 0, now(), '{}', 0, ${problem})
    on conflict (workspace_id) do update set problem = excluded.problem
    where workspace_bundles.token = excluded.token and workspace_bundles.problem is distinct from excluded.problem
    returning workspace_id`.execute(db);
  return rows.length > 0;
}

/** Runs among these workspaces that are not over and changed something that is in no bundle. */
export async function unbundledRuns(
  db: Executor,
  workspaceIds: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await sql<{ run_id: string }>`
    select runs.run_id from runs left join workspace_bundles as kept using (run_id)
    where runs.ended_at is null and runs.pins->'workspace'->>'id' = any(${[...workspaceIds]}::text[])
      and (kept.run_id is null or exists (
        select from effects where effects.run_id = runs.run_id and tool <> all(${outside}::text[])
          and (effect_seq > kept.behind or effects.created_at > kept.as_of)))`.execute(db);
  return rows.map((row) => row.run_id);
}
