import { sql } from 'kysely';

import type { Executor } from '../postgres/database.ts';
import { everyTenant } from '../../domain/stops/stopping-row.ts';

/** A stop, a release, or a change of them, with who did it and why. */
export interface SwitchEntry {
  /** `kill` and `release` of what stands; `stop`, `resume` and `release` of what happened. */
  readonly kind: string;
  readonly scope: string;
  readonly reason: string;
  readonly by: string;
  readonly at: Date;
}

/** What stands: stops and releases, oldest first. */
export async function readStanding(db: Executor, tenant: string): Promise<readonly SwitchEntry[]> {
  const rows = await db
    .selectFrom('stops')
    .selectAll()
    .where('tenant', 'in', [tenant, everyTenant])
    .where('kind', '<>', 'cancel')
    .orderBy('seq')
    .execute();
  return rows.map(({ kind, scope, reason, by_whom: by, created_at: at }) => ({
    kind,
    scope,
    reason,
    by,
    at,
  }));
}

/** Who stopped and resumed what, newest first. */
export async function readSwitchHistory(
  db: Executor,
  tenant: string,
  limit: number,
): Promise<readonly SwitchEntry[]> {
  const rows = await db
    .selectFrom('stop_history')
    .selectAll()
    .where('tenant', '=', tenant)
    .orderBy('history_id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ action: kind, scope, reason, by_whom: by, at }) => ({
    kind,
    scope,
    reason,
    by,
    at,
  }));
}

/** A run that the kill switch paused. */
export interface HeldRun {
  readonly runId: string;
  readonly title: string;
  /** The scope that stops it now; null: it is free and only has to be woken. */
  readonly scope: string | null;
}

/** Runs that wait because of the kill switch. One that met a stopped tool is free when that tool is. */
export async function readHeldRuns(db: Executor, tenant: string): Promise<readonly HeldRun[]> {
  const { rows } = await sql<HeldRun>`
    select r.run_id as "runId", r.title,
      stopped_by(r.tenant, ${rootRun}, ${runScopes} || array[regexp_replace(coalesce(r.message, ''), ' is stopped$', '')]) as scope
    from runs r
    where r.tenant = ${tenant} and r.ended_at is null and r.pause_reason = 'kill_switch'
    order by r.created_at, r.run_id`.execute(db);
  return rows;
}

/** Something that is still going on although it is stopped. */
export interface GoingOn {
  readonly runId: string;
  /** The tool, or `model`. */
  readonly what: string;
  readonly detail: string;
  readonly since: Date;
}

/** Effects and model calls under a stop that have not ended: newest first, at most `limit`. */
export async function readGoingOn(
  db: Executor,
  tenant: string,
  limit: number,
): Promise<readonly GoingOn[]> {
  const { rows } = await sql<GoingOn>`
    select r.run_id as "runId", e.tool as what, e.target as detail, e.created_at as since
    from effects e join runs r on r.run_id = e.run_id
    where e.tenant = ${tenant} and e.state = 'intent' and r.ended_at is null
      and stopped_by(r.tenant, ${rootRun}, ${runScopes} || array['tool:' || e.tool]) is not null
    union all
    select r.run_id, 'model', u.model, u.started_at
    from usage u join runs r on r.run_id = u.run_id
    where u.tenant = ${tenant} and u.state = 'sent' and r.ended_at is null
      and stopped_by(r.tenant, ${rootRun}, ${runScopes}) is not null
    order by since desc limit ${limit}`.execute(db);
  return rows;
}

const rootRun = sql`split_part(r.run_id, '/step/', 1)`;
const runScopes = sql`array['all', 'tenant:' || r.tenant, 'project:' || r.project, 'specialist:' || r.specialist,
  'run:' || r.run_id, 'run:' || split_part(r.run_id, '/step/', 1)]`;
