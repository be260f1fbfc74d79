import { sql } from 'kysely';

import { runScope } from '../../domain/stops/stop-scopes.ts';
import { everyTenant } from '../../domain/stops/stopping-row.ts';
import { appendTenantEvent } from '../events/tenant-events.ts';
import type { Database, Executor } from '../postgres/database.ts';

/** Who turns the switch, and why. */
export interface SwitchedBy {
  readonly tenant: string;
  readonly by: string;
  readonly reason: string;
}

/** Stops scopes. Stopping one again takes in the runs that were released meanwhile. */
export async function stopScopes(
  db: Database,
  { tenant, by, reason }: SwitchedBy,
  scopes: readonly string[],
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await oneAtATime(tx);
    for (const scope of scopes) {
      const row = { tenant: tenantOf(scope, tenant), scope, kind: 'kill' };
      await remove(tx, row);
      await tx
        .insertInto('stops')
        .values({ ...row, reason, by_whom: by })
        .execute();
      await note(tx, { tenant, by, reason }, { action: 'stop', scope });
    }
  });
}

/** Takes stops away, and releases that nothing stands behind any more. Returns the scopes that were stopped. */
export async function liftScopes(
  db: Database,
  switched: SwitchedBy,
  scopes: readonly string[],
): Promise<readonly string[]> {
  return db.transaction().execute(async (tx) => {
    await oneAtATime(tx);
    const lifted: string[] = [];
    for (const scope of scopes) {
      const row = { tenant: tenantOf(scope, switched.tenant), scope, kind: 'kill' };
      if (!(await remove(tx, row))) continue;
      lifted.push(scope);
      await note(tx, switched, { action: 'resume', scope });
    }
    await sql`
      delete from stops r where r.kind = 'release' and not exists (
        select from stops s
        where s.kind not in ('cancel', 'release') and s.tenant in (r.tenant, ${everyTenant}) and s.seq < r.seq)`.execute(
      tx,
    );
    return lifted;
  });
}

/** Lets runs go on under what is stopped now: a stop that comes later holds them again. */
export async function releaseRuns(
  db: Database,
  switched: SwitchedBy,
  runIds: readonly string[],
): Promise<void> {
  const { tenant, by, reason } = switched;
  await db.transaction().execute(async (tx) => {
    await oneAtATime(tx);
    for (const runId of runIds) {
      const scope = runScope(runId);
      await remove(tx, { tenant, scope, kind: 'kill' });
      await remove(tx, { tenant, scope, kind: 'release' });
      await tx
        .insertInto('stops')
        .values({ tenant, scope, kind: 'release', reason, by_whom: by })
        .execute();
      await note(tx, switched, { action: 'release', scope });
    }
  });
}

/** Two people who turn the switch at once must not end each other's transaction: the second waits for the first. */
async function oneAtATime(tx: Executor): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('kill-switch'))`.execute(tx);
}

function tenantOf(scope: string, tenant: string): string {
  return scope === 'all' ? everyTenant : tenant;
}

async function remove(
  db: Executor,
  row: { readonly tenant: string; readonly scope: string; readonly kind: string },
): Promise<boolean> {
  const removed = await db
    .deleteFrom('stops')
    .where('tenant', '=', row.tenant)
    .where('scope', '=', row.scope)
    .where('kind', '=', row.kind)
    .executeTakeFirst();
  return removed.numDeletedRows > 0n;
}

async function note(
  db: Executor,
  { tenant, by, reason }: SwitchedBy,
  { action, scope }: { readonly action: 'stop' | 'resume' | 'release'; readonly scope: string },
): Promise<void> {
  await db
    .insertInto('stop_history')
    .values({ tenant, action, scope, reason, by_whom: by })
    .execute();
  const type = eventTypes[action];
  await appendTenantEvent(db, { tenant, actor: by, event: { type, data: { scope, reason } } });
}

const eventTypes = {
  stop: 'kill-switch.stopped',
  resume: 'kill-switch.resumed',
  release: 'kill-switch.released',
} as const;
