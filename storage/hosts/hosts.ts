import { sql } from 'kysely';

import type { HostReading } from '../../domain/hosts/capacity.ts';
import { parseHostMetrics, readHostMetrics } from '../../domain/hosts/host-metrics-schema.ts';
import type { Executor } from '../postgres/database.ts';
import { withoutWait } from '../postgres/without-wait.ts';

/** Hosts that were not heard of for so long are forgotten. Days, by the clock of the database. */
const forgottenAfterDays = 30;

/** One report of a host. */
export interface HostReport {
  readonly hostId: string;
  /** Name that the workspaces of its runs carry. */
  readonly name: string;
  /** As it was measured: checked here. */
  readonly metrics: unknown;
  readonly threshold: number;
}

/**
 * Takes the report of a host; the first one registers it. One that is lost is made again in half a minute. Times are by the clock of the database: hosts need not agree.
 *
 * @throws {HoldfastError} invalid_argument for metrics out of range; what the host reported before stays, and ages.
 */
export async function saveReport(db: Executor, report: HostReport): Promise<void> {
  const metrics = JSON.stringify(parseHostMetrics(report.metrics));
  const { hostId, name, threshold } = report;
  await sql`
    with ${withoutWait}
    insert into hosts (host_id, name, metrics, threshold, reported_at)
    select ${hostId}, ${name}, ${metrics}::jsonb, ${threshold}::double precision, now() from without_wait
    on conflict (host_id) do update
    set name = excluded.name, metrics = excluded.metrics, threshold = excluded.threshold, reported_at = now()`.execute(
    db,
  );
}

/** What every host reported last, by id. */
export async function readCapacities(db: Executor): Promise<readonly HostReading[]> {
  const { rows } = await sql<ReportRow>`select ${reported} from hosts order by host_id`.execute(db);
  return rows.map((row) => readingOf(row));
}

/** A host as lists show it. */
export interface HostRow extends HostReading {
  readonly name: string;
  readonly registeredAt: Date;
  readonly reportedAt: Date;
  /** Runs that work there just now. */
  readonly runs: number;
}

/** Every host and how many runs work there, by id. */
export async function readHosts(db: Executor): Promise<readonly HostRow[]> {
  const { rows } = await sql<
    ReportRow & { name: string; registered_at: Date; reported_at: Date; runs: string }
  >`
    select ${reported}, name, registered_at, reported_at, (
      select count(*) from runs
      where ended_at is null and status = 'running' and pins->'workspace'->>'host' = hosts.name) as runs
    from hosts order by host_id`.execute(db);
  return rows.map((row) => ({
    ...readingOf(row),
    name: row.name,
    registeredAt: row.registered_at,
    reportedAt: row.reported_at,
    runs: Number(row.runs),
  }));
}

/** Forgets hosts that are gone for good; one that comes back registers itself again. */
export async function forgetHosts(db: Executor): Promise<void> {
  await sql`
    delete from hosts where reported_at < now() - make_interval(days => ${forgottenAfterDays})`.execute(
    db,
  );
}

/** The runs of a tenant that wait for room, oldest first, at most `limit`. */
export async function runsWithoutRoom(
  db: Executor,
  tenant: string,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await sql<{ run_id: string }>`
    select run_id from runs
    where tenant = ${tenant} and ended_at is null and pause_reason = 'capacity'
    order by created_at, run_id limit ${limit}`.execute(db);
  return rows.map((row) => row.run_id);
}

interface ReportRow {
  readonly host_id: string;
  readonly metrics: unknown;
  readonly threshold: number;
  readonly age_ms: number;
}

const reported = sql`host_id, metrics, threshold,
  (extract(epoch from now() - reported_at) * 1000)::double precision as age_ms`;

function readingOf({ host_id: hostId, metrics, threshold, age_ms: ageMs }: ReportRow): HostReading {
  return { hostId, metrics: readHostMetrics(metrics), threshold, ageMs };
}
