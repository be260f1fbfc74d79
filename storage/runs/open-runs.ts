import type { RunPins } from '../../domain/run/run-input.ts';
import type { Executor } from '../postgres/database.ts';

/** A run that is not over by its row. */
export interface OpenRun {
  readonly runId: string;
  readonly tenant: string;
  readonly project: string;
  readonly specialist: string;
  readonly firstExecution: string;
  readonly pins: RunPins;
  readonly head: string;
  readonly turn: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly microUsd: number | null;
  readonly updatedAt: Date;
}

/** Ids of all runs that are not over, of every tenant. */
export async function readOpenRunIds(db: Executor): Promise<readonly string[]> {
  const rows = await db.selectFrom('runs').select('run_id').where('ended_at', 'is', null).execute();
  return rows.map((row) => row.run_id);
}

/** Runs that are not over and of which nothing was heard since a moment, by id, after one of them. */
export async function readQuietRuns(
  db: Executor,
  tenant: string,
  { since, after, limit }: { readonly since: Date; readonly after: string; readonly limit: number },
): Promise<readonly OpenRun[]> {
  const rows = await db
    .selectFrom('runs')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('ended_at', 'is', null)
    .where('updated_at', '<', since)
    .where('run_id', '>', after)
    .orderBy('run_id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    runId: row.run_id,
    tenant: row.tenant,
    project: row.project,
    specialist: row.specialist,
    firstExecution: row.first_execution,
    // Written by storage/runs only.
    pins: row.pins as RunPins,
    head: row.head,
    turn: row.turn,
    tokensIn: Number(row.tokens_in),
    tokensOut: Number(row.tokens_out),
    microUsd: row.cost_micro_usd === null ? null : Number(row.cost_micro_usd),
    updatedAt: row.updated_at,
  }));
}
