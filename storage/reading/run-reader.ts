import type { Executor } from '../postgres/database.ts';
import type { RunsTable } from '../postgres/tables.ts';
import type { Selectable } from 'kysely';

/** A run as it stands in the index. */
export type RunRow = Selectable<RunsTable>;

/** Which runs to list. */
export interface RunQuery {
  readonly limit: number;
  readonly status?: string | undefined;
  readonly resumable?: boolean | undefined;
}

/** Runs, newest first. */
export async function readRuns(
  db: Executor,
  tenant: string,
  { limit, status, resumable }: RunQuery,
): Promise<readonly RunRow[]> {
  return db
    .selectFrom('runs')
    .selectAll()
    .where('tenant', '=', tenant)
    .$if(status !== undefined, (query) => query.where('status', '=', status ?? ''))
    .$if(resumable === true, (query) => query.where('ended_at', 'is', null))
    .orderBy('created_at', 'desc')
    .orderBy('run_id')
    .limit(limit)
    .execute();
}

/** One run by its full id. */
export async function readRun(
  db: Executor,
  tenant: string,
  runId: string,
): Promise<RunRow | undefined> {
  return db
    .selectFrom('runs')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('run_id', '=', runId)
    .executeTakeFirst();
}

/** Ids of runs whose key begins with what a person typed; at most three. */
export async function findRunIds(
  db: Executor,
  tenant: string,
  keyStart: string,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('runs')
    .select('run_id')
    .where('tenant', '=', tenant)
    .where((eb) =>
      eb(eb.fn<boolean>('starts_with', ['run_id', eb.val(`run/${tenant}/${keyStart}`)]), '=', true),
    )
    .orderBy('created_at', 'desc')
    .limit(3)
    .execute();
  return rows.map((row) => row.run_id);
}
