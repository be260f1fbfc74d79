import { sql } from 'kysely';

import type { InvokeModelResult } from '../../domain/agent/activities.ts';
import type { FaultState } from '../../domain/models/after-fault.ts';
import type { Executor } from '../postgres/database.ts';
import type { StopSubject } from '../../domain/stops/stop-scopes.ts';
import { stopTable } from '../stops/stops.ts';
import { withoutWait } from '../postgres/without-wait.ts';

/** What is known of a turn when it is asked for. */
export interface TurnState {
  /** The stored answer: the same turn never asks a model twice. */
  readonly answer: Extract<InvokeModelResult, { type: 'answered' }> | undefined;
  readonly faults: FaultState | undefined;
  /** Model calls made for this turn so far, this one included. */
  readonly attempts: number;
}

/** Who asks for which turn. */
export interface TurnKey {
  readonly turnId: string;
  readonly tenant: string;
  readonly runId: string;
  readonly headBefore: string;
}

/** A turn that may be taken, or the scope that stands in its way. */
export type OpenedTurn =
  | { readonly type: 'begun'; readonly state: TurnState }
  | { readonly type: 'stopped'; readonly scope: string };

/**
 * Opens a turn or counts another attempt of it, unless something that covers it is stopped: one statement. Its commit does
 * not wait for the disk. Only a crash of the database may lose it, and with it one count; whoever stores the answer makes
 * the row then.
 */
export async function openTurn(
  db: Executor,
  key: TurnKey,
  subject: StopSubject,
): Promise<OpenedTurn> {
  const { rows } = await sql<OpenedRow>`
    with ${withoutWait},
    ${stopTable(subject)},
    turn as (
      insert into turns as t (turn_id, tenant, run_id, head_before, attempts)
      select ${key.turnId}, ${key.tenant}, ${key.runId}, ${key.headBefore}, 1
      from without_wait where not exists (select from stop)
      on conflict (turn_id) do update set attempts = t.attempts + 1
      returning answer, faults, attempts)
    select scope, null::json as answer, null::json as faults, 0 as attempts from stop
    union all
    select null, answer, faults, attempts from turn`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error(`the turn ${key.turnId} was neither opened nor stopped`);
  if (row.scope !== null) return { type: 'stopped', scope: row.scope };
  const { answer, faults, attempts } = row;
  return {
    type: 'begun',
    state: { answer: answer ?? undefined, faults: faults ?? undefined, attempts },
  };
}

interface OpenedRow {
  readonly scope: string | null;
  // Both columns are written by this folder only.
  readonly answer: Extract<InvokeModelResult, { type: 'answered' }> | null;
  readonly faults: FaultState | null;
  readonly attempts: number;
}

/** The answer of a turn, when it has one. */
export async function getAnswer(db: Executor, turnId: string): Promise<TurnState['answer']> {
  const row = await db
    .selectFrom('turns')
    .select('answer')
    .where('turn_id', '=', turnId)
    .executeTakeFirst();
  // The column is written by this folder only.
  return (row?.answer ?? undefined) as TurnState['answer'];
}

/** The newest block before a turn; undefined for a turn that was never begun. */
export async function getHeadBefore(db: Executor, turnId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('turns')
    .select('head_before')
    .where('turn_id', '=', turnId)
    .executeTakeFirst();
  return row?.head_before;
}

/** Keeps the fault counters of a turn, so that they outlive the worker. */
export async function saveFaults(db: Executor, turnId: string, faults: FaultState): Promise<void> {
  await db
    .updateTable('turns')
    .set({ faults: JSON.stringify(faults) })
    .where('turn_id', '=', turnId)
    .execute();
}
