import type { InvokeModelResult } from '../../domain/agent/activities.ts';
import type { FaultState } from '../../domain/models/after-fault.ts';
import type { Executor } from '../postgres/database.ts';

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

/** Opens a turn or counts another attempt of it. */
export async function beginTurn(db: Executor, key: TurnKey): Promise<TurnState> {
  const row = await db
    .insertInto('turns')
    .values({
      turn_id: key.turnId,
      tenant: key.tenant,
      run_id: key.runId,
      head_before: key.headBefore,
      attempts: 1,
    })
    .onConflict((conflict) =>
      conflict.column('turn_id').doUpdateSet((eb) => ({ attempts: eb('turns.attempts', '+', 1) })),
    )
    .returning(['answer', 'faults', 'attempts'])
    .executeTakeFirstOrThrow();
  return {
    // Both columns are written by this file only.
    answer: (row.answer ?? undefined) as TurnState['answer'],
    faults: (row.faults ?? undefined) as TurnState['faults'],
    attempts: row.attempts,
  };
}

/** Keeps the fault counters of a turn, so that they outlive the worker. */
export async function saveFaults(db: Executor, turnId: string, faults: FaultState): Promise<void> {
  await db
    .updateTable('turns')
    .set({ faults: JSON.stringify(faults) })
    .where('turn_id', '=', turnId)
    .execute();
}

/** Stores the answer of a turn. Returns false when another attempt has answered already. */
export async function answerTurn(
  db: Executor,
  turnId: string,
  answer: Extract<InvokeModelResult, { type: 'answered' }>,
): Promise<boolean> {
  const result = await db
    .updateTable('turns')
    .set({ answer: JSON.stringify(answer), answered_at: new Date() })
    .where('turn_id', '=', turnId)
    .where('answer', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
