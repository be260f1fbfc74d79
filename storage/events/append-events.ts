import { sql } from 'kysely';

import type { EventType } from '../../domain/events/event-types.ts';
import type { Note } from '../../domain/events/note.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Executor } from '../postgres/database.ts';

/** One event of an activity, on its way to the log. */
export interface NewEvent {
  readonly type: EventType;
  readonly data: JsonObject;
}

/** Notes of the workflow and events of the activity that carries them. */
export interface EventBatch {
  readonly runId: string;
  /** In order of position; those that are in the log already are left out. */
  readonly notes: readonly Note[];
  readonly events: readonly NewEvent[];
}

/**
 * Writes notes, then events, with numbers without a gap: the run's row is locked until the transaction ends. Call it
 * once in each transaction, together with the state change that can happen only once: events have no key of their own.
 */
export async function appendEvents(
  db: Executor,
  { runId, notes, events }: EventBatch,
): Promise<void> {
  if (notes.length + events.length === 0) return;
  const now = new Date().toISOString();
  const rows = [
    ...notes.map(({ position, type, atMs, data }) => ({
      position,
      type,
      at: new Date(atMs).toISOString(),
      data,
    })),
    ...events.map(({ type, data }) => ({ position: 0, type, at: now, data })),
  ];
  await sql`
    with run as (select run_id, tenant, noted, event_seq from runs where run_id = ${runId} for update),
    fresh as (
      select run.tenant, run.event_seq + row_number() over (order by item.ord) as seq, item.value as row
      from run, json_array_elements(${JSON.stringify(rows)}::json) with ordinality as item(value, ord)
      where (item.value->>'position')::int = 0 or (item.value->>'position')::int > run.noted),
    counted as (
      update runs set event_seq = event_seq + (select count(*) from fresh), updated_at = now(),
        noted = greatest(runs.noted, ${notes.at(-1)?.position ?? 0})
      where run_id = ${runId} and exists (select 1 from run))
    insert into events (run_id, seq, tenant, type, at, data)
    select ${runId}, seq, tenant, row->>'type', (row->>'at')::timestamptz, row->'data' from fresh`.execute(
    db,
  );
}
