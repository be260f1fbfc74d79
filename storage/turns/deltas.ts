import { sql } from 'kysely';

import type { Executor } from '../postgres/database.ts';
import { withoutWait } from '../postgres/without-wait.ts';

/** One piece of what a model says, for whoever watches. */
export interface Delta {
  readonly turnId: string;
  readonly attempt: number;
  /** From 1. */
  readonly seq: number;
  readonly tenant: string;
  readonly runId: string;
  readonly text: string;
}

/** Writes a piece. It may be lost, so its commit does not wait for the disk. */
export async function putDelta(db: Executor, delta: Delta): Promise<void> {
  const { turnId, attempt, seq, tenant, runId, text } = delta;
  await sql`
    with ${withoutWait}
    insert into deltas (turn_id, attempt, seq, tenant, run_id, text)
    select ${turnId}, ${attempt}, ${seq}, ${tenant}, ${runId}, ${text} from without_wait
    on conflict do nothing`.execute(db);
}

/** Removes what attempts that died left of a run that is over. */
export async function removeDeltasOfRun(db: Executor, runId: string): Promise<void> {
  await db.deleteFrom('deltas').where('run_id', '=', runId).execute();
}

/** Removes all pieces of a turn, without a wait for the disk. */
export async function removeDeltas(db: Executor, turnId: string): Promise<void> {
  await sql`
    with ${withoutWait}
    delete from deltas using without_wait where turn_id = ${turnId}`.execute(db);
}
