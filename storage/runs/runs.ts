import { sql } from 'kysely';

import type { PauseReason } from '../../domain/failures.ts';
import type { RunPins } from '../../domain/run/run-input.ts';
import type { RunRequest } from '../../domain/run/run-request.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import type { RunStatus, StopReason } from '../../domain/run/status.ts';
import type { Executor } from '../postgres/database.ts';

/** What a run begins with. */
export interface NewRun {
  readonly runId: string;
  readonly tenant: string;
  readonly project: string;
  /** Temporal's id of the first execution: a run id never answers for another one. */
  readonly firstExecution: string;
  readonly requestedBy: string;
  readonly specialist: string;
  readonly model: string | null;
  readonly request: RunRequest;
  readonly pins: RunPins;
  readonly head: string;
  /** Turns taken over from another run; none without it. */
  readonly turn?: number;
}

/** Writes the row of a run unless its id is used already. Returns whether it was written. */
export async function insertRun(db: Executor, run: NewRun): Promise<boolean> {
  const rows = await db
    .insertInto('runs')
    .values({
      run_id: run.runId,
      tenant: run.tenant,
      project: run.project,
      first_execution: run.firstExecution,
      status: 'running',
      requested_by: run.requestedBy,
      title: run.pins.title,
      specialist: run.specialist,
      policy: run.request.policy,
      model: run.model,
      request: JSON.stringify(run.request),
      pins: JSON.stringify(run.pins),
      head: run.head,
      turn: run.turn ?? 0,
      cost_micro_usd: 0,
    })
    .onConflict((conflict) => conflict.column('run_id').doNothing())
    .returning('run_id')
    .execute();
  return rows.length > 0;
}

/** What openRun needs of a row that is there already. */
export interface OpenedRun {
  readonly project: string;
  readonly firstExecution: string;
  readonly pins: RunPins;
  readonly head: string;
  readonly specialist: string;
  /** The dead letter whose call is all that the run does. */
  readonly replays: string | undefined;
  readonly request: RunRequest;
  readonly createdAt: Date;
}

/** The beginning of a run as it was recorded. */
export async function getOpenedRun(db: Executor, runId: string): Promise<OpenedRun | undefined> {
  const row = await db
    .selectFrom('runs')
    .select(['project', 'first_execution', 'pins', 'head', 'specialist', 'request', 'created_at'])
    .where('run_id', '=', runId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    project: row.project,
    firstExecution: row.first_execution,
    // Written by insertRun only.
    pins: row.pins as RunPins,
    head: row.head,
    specialist: row.specialist,
    replays: (row.request as RunRequest).replays,
    request: row.request as RunRequest,
    createdAt: row.created_at,
  };
}

/** Locks the row of a run until the transaction ends, and says whether it has ended; undefined without a row. */
export async function lockRun(db: Executor, runId: string): Promise<'open' | 'ended' | undefined> {
  const row = await db
    .selectFrom('runs')
    .select('ended_at')
    .where('run_id', '=', runId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return row.ended_at === null ? 'open' : 'ended';
}

/** A run that begins or ends to wait. */
export interface RunWait {
  readonly runId: string;
  readonly status: RunStatus;
  readonly pause: PauseReason | null;
  readonly message: string | null;
}

/** Records what a run that is not over waits for. Returns false when that is on record already. */
export async function setRunStatus(db: Executor, wait: RunWait): Promise<boolean> {
  const result = await db
    .updateTable('runs')
    .set((eb) => ({
      status: wait.status,
      pause_reason: wait.pause,
      message: wait.message,
      updated_at: new Date(),
      version: eb('version', '+', 1),
    }))
    .where('run_id', '=', wait.runId)
    .where('ended_at', 'is', null)
    .where(
      sql<boolean>`(status, pause_reason, message) is distinct from (${wait.status}::text, ${wait.pause}::text, ${wait.message}::text)`,
    )
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** What a turn adds to its run. */
export interface RunProgress {
  readonly runId: string;
  readonly turn: number;
  readonly head: string;
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** Null when the price is unknown: the sum is unknown from then on. */
  readonly costMicroUsd: number | null;
  /** Null where no model was asked. */
  readonly model: string | null;
  readonly rehearsal: boolean;
}

/** How a run ended. */
export interface RunEnd {
  readonly runId: string;
  readonly status: RunStatus;
  readonly stopReason: StopReason;
  readonly message: string | null;
  readonly head: string;
  readonly turn: number;
  readonly result: RunResult;
  readonly patch: string | null;
}

/** Ends a run. Returns false when it has ended before. */
export async function endRun(db: Executor, end: RunEnd): Promise<boolean> {
  const result = await db
    .updateTable('runs')
    .set((eb) => ({
      status: end.status,
      stop_reason: end.stopReason,
      pause_reason: null,
      message: end.message,
      head: end.head,
      turn: end.turn,
      result: JSON.stringify(end.result),
      patch: end.patch,
      ended_at: new Date(),
      updated_at: new Date(),
      version: eb('version', '+', 1),
    }))
    .where('run_id', '=', end.runId)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** The recorded result of a run that has ended. */
export async function getResult(db: Executor, runId: string): Promise<RunResult | undefined> {
  const row = await db
    .selectFrom('runs')
    .select('result')
    .where('run_id', '=', runId)
    .executeTakeFirst();
  // Written by endRun only.
  return (row?.result ?? undefined) as RunResult | undefined;
}

/** Totals of a run, for its result. */
export async function getTotals(
  db: Executor,
  runId: string,
): Promise<{ readonly model: string | null; readonly version: number }> {
  const row = await db
    .selectFrom('runs')
    .select(['model', 'version'])
    .where('run_id', '=', runId)
    .executeTakeFirstOrThrow();
  return row;
}
