import { sql } from 'kysely';

import type { Executor } from '../postgres/database.ts';
import { eventTables, lockedRun, type EventBatch } from './event-tables.ts';

export type { NewEvent } from './event-tables.ts';

/**
 * Writes notes, then events, with numbers without a gap: the run's row is locked until the transaction ends. Call it
 * once in each transaction, together with the state change that can happen only once: events have no key of their own.
 */
export async function appendEvents(db: Executor, batch: EventBatch): Promise<void> {
  if (batch.notes.length + batch.events.length === 0) return;
  await sql`
    with ${lockedRun(batch.runId)}, ${eventTables(batch, { gate: 'run' })}
    select from run`.execute(db);
}
