import { outcomeKinds, type LoggedEvent } from '../../domain/audit/outcome-document.ts';
import { newerVersion } from '../../domain/events/read-event.ts';
import { HoldfastError } from '../../domain/failures.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Executor } from '../postgres/database.ts';

/** An outcome that waits for whoever follows the chain. */
export interface WaitingOutcome {
  readonly seq: number;
  readonly runId: string;
  /** Number of the event that it came with. */
  readonly eventSeq: number;
}

/** Outcomes taken at once. */
const pageSize = 100;

/** The reader of the chain that commits outcomes to a repository. */
export function gitReader(folder: string): string {
  return `git:${folder}`;
}

/**
 * Where a reader of the chain of a tenant stands. One that is seen for the first time begins at the chain's end: what
 * was before it is not told again.
 */
export async function readerSeq(db: Executor, tenant: string, reader: string): Promise<number> {
  const row = await db
    .selectFrom('audit_readers')
    .select('seq')
    .where('tenant', '=', tenant)
    .where('reader', '=', reader)
    .executeTakeFirst();
  if (row !== undefined) return Number(row.seq);
  const head = await db
    .selectFrom('audit_heads')
    .select('seq')
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  const seq = Number(head?.seq ?? 0);
  await db
    .insertInto('audit_readers')
    .values({ tenant, reader, seq })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return seq;
}

/** Moves a reader forward, never back. */
export async function moveReader(
  db: Executor,
  {
    tenant,
    reader,
    seq,
  }: { readonly tenant: string; readonly reader: string; readonly seq: number },
): Promise<void> {
  await db
    .updateTable('audit_readers')
    .set({ seq })
    .where('tenant', '=', tenant)
    .where('reader', '=', reader)
    .where('seq', '<', String(seq))
    .execute();
}

/** Outcomes after a number of the chain, in its order. */
export async function waitingOutcomes(
  db: Executor,
  tenant: string,
  after: number,
): Promise<readonly WaitingOutcome[]> {
  const rows = await db
    .selectFrom('outbox')
    .select(['seq', 'run_id', 'position'])
    .where('tenant', '=', tenant)
    .where('seq', '>', String(after))
    .where('kind', 'in', [...outcomeKinds])
    .orderBy('seq')
    .limit(pageSize)
    .execute();
  return rows.map((row) => ({
    seq: Number(row.seq),
    runId: row.run_id,
    eventSeq: Number(row.position),
  }));
}

/**
 * The log of a run up to the event that an outcome came with.
 *
 * @throws {HoldfastError} invalid_argument when a newer program wrote a part of it: an outcome is told whole or not yet.
 */
export async function eventsUpTo(
  db: Executor,
  { runId, eventSeq }: WaitingOutcome,
): Promise<readonly LoggedEvent[]> {
  const rows = await db
    .selectFrom('events')
    .select(['seq', 'type', 'at', 'data', 'schema_version'])
    .where('run_id', '=', runId)
    .where('seq', '<=', eventSeq)
    .orderBy('seq')
    .execute();
  return rows.map(({ seq, type, at, data, schema_version: schemaVersion }) => {
    const newer = newerVersion({ seq, type, schemaVersion });
    if (newer !== undefined) {
      const { message, suggestion } = newer;
      throw new HoldfastError('invalid_argument', `${runId}: ${message}`, { suggestion });
    }
    // The column is written by the event log only.
    return { type, at: at.toISOString(), data: data as JsonObject };
  });
}
