import type { Selectable } from 'kysely';

import { readEvent, type EventReading } from '../../domain/events/read-event.ts';
import type { Executor } from '../postgres/database.ts';
import type { DeltasTable } from '../postgres/tables.ts';

/** A piece of an answer that is still being written. */
export type DeltaRow = Selectable<DeltasTable>;

/** Events of a run after a number, in order; what this program cannot read stands among them as refused. */
export async function readEvents(
  db: Executor,
  runId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly EventReading[]> {
  const rows = await db
    .selectFrom('events')
    .selectAll()
    .where('run_id', '=', runId)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map(({ run_id, schema_version, at, ...row }) =>
    readEvent({ ...row, runId: run_id, schemaVersion: schema_version, at: at.toISOString() }),
  );
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
