import type { Selectable } from 'kysely';

import type { Executor } from '../postgres/database.ts';
import type { DeltasTable, EventsTable } from '../postgres/tables.ts';

/** One event of the log. */
export type EventRow = Selectable<EventsTable>;
/** A piece of an answer that is still being written. */
export type DeltaRow = Selectable<DeltasTable>;

/** Events of a run after a number, in order. */
export async function readEvents(
  db: Executor,
  runId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly EventRow[]> {
  return db
    .selectFrom('events')
    .selectAll()
    .where('run_id', '=', runId)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
}

/** Words of the model that is answering now, in order. */
export async function readDeltas(db: Executor, runId: string): Promise<readonly DeltaRow[]> {
  return db
    .selectFrom('deltas')
    .selectAll()
    .where('run_id', '=', runId)
    .orderBy('turn_id')
    .orderBy('attempt')
    .orderBy('seq')
    .execute();
}
