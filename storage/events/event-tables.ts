import { sql, type RawBuilder } from 'kysely';

import { auditOfEvent } from '../../domain/audit/audit-of-event.ts';
import type { LetterDraft } from '../../domain/dead-letters/dead-letter.ts';
import { letterOfEvent } from '../../domain/dead-letters/letter-of-event.ts';
import { eventSchemaVersion, type EventType } from '../../domain/events/event-types.ts';
import type { Note } from '../../domain/events/note.ts';
import { withSecurityEvents } from '../../domain/events/security-events.ts';
import type { JsonObject } from '../../domain/json.ts';
import { letterTable } from '../dead-letters/letter-rows.ts';

/** One event of an activity, on its way to the log. */
export interface NewEvent {
  readonly type: EventType;
  readonly data: JsonObject;
  /** What is given up with it. */
  readonly letter?: LetterDraft | undefined;
}

/** Notes of the workflow and events of the activity that carries them. */
export interface EventBatch {
  readonly runId: string;
  /** In order of position; those that are in the log already are left out. */
  readonly notes: readonly Note[];
  readonly events: readonly NewEvent[];
}

/**
 * The table `run` of a statement that writes events: the run's row, locked until the transaction ends. `behind` is looked
 * at before it is locked; without it the table is empty and nothing is locked.
 */
export function lockedRun(runId: string, behind = sql`true`): RawBuilder<unknown> {
  return sql`run as (
    select run_id, tenant, noted, event_seq, ended_at from runs
    where run_id = ${runId} and ${behind} for update)`;
}

/**
 * The tables of a statement that write notes, then events, with numbers without a gap, what the audit keeps of them, and
 * the letters of what they give up.
 * They stand behind `run` of {@link lockedRun}, and write nothing while the table `gate` is empty: it holds the change
 * that can happen only once, for events have no key of their own. `set` changes more of the run's row, which a statement
 * can write only once; `more` adds rows that the statement itself makes.
 */
export function eventTables(
  { runId, notes, events }: EventBatch,
  {
    gate,
    set = sql``,
    more = sql``,
  }: {
    readonly gate: string;
    readonly set?: RawBuilder<unknown>;
    readonly more?: RawBuilder<unknown>;
  },
): RawBuilder<unknown> {
  const now = new Date().toISOString();
  const rows = [
    ...notes.map(({ position, type, atMs, data }) => ({
      position,
      type,
      at: new Date(atMs).toISOString(),
      data,
    })),
    ...withSecurityEvents(events).map((event) => ({ position: 0, at: now, ...event })),
  ].map((row) => ({ letter: letterOfEvent(row), ...row, audit: auditOfEvent(row) }));
  const letters = rows.some(({ letter }) => letter !== undefined)
    ? sql`${letterTable(runId)},`
    : sql``;
  return sql`
    fresh as (
      select run.tenant, run.event_seq + row_number() over (order by item.ord) as seq, item.value as row
      from run, (
        select value, ord from json_array_elements(${JSON.stringify(rows)}::json) with ordinality as given(value, ord)
        ${more}) as item
      where exists (select from ${sql.table(gate)})
        and ((item.value->>'position')::int = 0 or (item.value->>'position')::int > run.noted)),
    counted as (
      update runs set event_seq = event_seq + (select count(*) from fresh), updated_at = now(),
        noted = greatest(runs.noted, ${notes.at(-1)?.position ?? 0}) ${set}
      where run_id = ${runId} and exists (select from run) and exists (select from ${sql.table(gate)})),
    ${letters}
    written as (
      insert into events (run_id, seq, tenant, type, at, data, schema_version)
      select ${runId}, seq, tenant, row->>'type', (row->>'at')::timestamptz, row->'data', ${eventSchemaVersion}::smallint
      from fresh),
    outboxed as (
      insert into outbox (tenant, run_id, position, kind, at, actor, subject, digest, decision)
      select tenant, ${runId}, seq::text, row->'audit'->>'kind', (row->>'at')::timestamptz, row->'audit'->>'actor',
        row->'audit'->>'subject', row->'audit'->>'digest', row->'audit'->>'decision'
      from fresh where row->'audit' is not null
      order by seq
      on conflict (tenant, run_id, position, kind) do nothing)`;
}
