import { setTimeout as delay } from 'node:timers/promises';

import type { EventReading } from '../../../domain/events/read-event.ts';
import { isEnded, type RunStatus } from '../../../domain/run/status.ts';
import { readDeltas, readEvents, readRun, type DeltaRow } from '../../../storage/readers.ts';
import type { WatchedItem, WatchOptions } from '../../runs-client.ts';
import { refusalOf } from './run-result.ts';
import type { LocalConnection } from '../local-connection.ts';
import { isNamed, translated } from '../translate-error.ts';

/** The log and the model's words are read this often, in milliseconds: quicker than a person notices. */
const pollMs = 120;
/** After so many looks without news Temporal is asked whether the run still exists: one that was terminated writes no end. */
const quietLooks = 20;
/** Events read at once. */
const pageSize = 500;

/** Gives events in order, and the model's words while they come, until the run has ended or the signal aborts. */
export async function* watchRun(
  connection: LocalConnection,
  runId: string,
  { after, signal }: WatchOptions,
): AsyncGenerator<WatchedItem> {
  const { db, tenant } = connection;
  const words = new SeenWords();
  let seen = after;
  let quiet = 0;
  while (!signal.aborted) {
    // The status is read before the events, so that none is missed behind the end.
    const run = await translated('the run', async () => readRun(db, tenant, runId));
    if (run === undefined) await refuseIfClosed(connection, runId);
    const events = await translated('the run', async () =>
      readEvents(db, runId, { after: seen, limit: pageSize }),
    );
    for (const reading of events) {
      const item = itemOf(reading);
      seen = item.seq;
      yield item;
    }
    if (events.length === pageSize) continue;
    yield* words.fresh(await translated('the run', async () => readDeltas(db, runId)));
    if (run !== undefined && isEnded(statusOf(run.status))) return;
    quiet = events.length === 0 ? quiet + 1 : 0;
    // Without a row it was asked already.
    if (run !== undefined && quiet % quietLooks === quietLooks - 1) {
      if (await isGone(connection, runId)) return;
    }
    await delay(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

function itemOf(reading: EventReading): Exclude<WatchedItem, { type: 'delta' }> {
  if (reading.type === 'refused') return { type: 'refused', ...reading.refused };
  const { id, seq, schemaVersion, type: event, at, runId, data } = reading.event;
  return { type: 'event', id, seq, schemaVersion, event, at, runId, data };
}

function statusOf(status: string): RunStatus {
  // Rows hold the closed set of states; they are written by our own repositories only.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return status as RunStatus;
}

/** True when Temporal says that the run is closed although its row does not: it was terminated. */
async function isGone(connection: LocalConnection, runId: string): Promise<boolean> {
  const { db, tenant } = connection;
  const status = await connection
    .temporal()
    .then((temporal) => temporal.workflow.getHandle(runId).describe())
    .then((description) => description.status.name)
    .catch((error: unknown) => (isNamed(error, 'WorkflowNotFoundError') ? 'GONE' : 'RUNNING'));
  if (status === 'RUNNING' || status === 'CONTINUED_AS_NEW' || status === 'PAUSED') return false;
  const row = await translated('the run', async () => readRun(db, tenant, runId));
  return row === undefined || !isEnded(statusOf(row.status));
}

async function refuseIfClosed(connection: LocalConnection, runId: string): Promise<void> {
  const refusal = await refusalOf(connection, runId);
  if (refusal !== undefined) throw refusal;
}

/**
 * Remembers which pieces of an answer were given out already. The words of a worker that died stay beside those of the
 * one that asks again: once an attempt has spoken, an earlier one of its turn says nothing new.
 */
export class SeenWords {
  readonly #spoken = new Map<string, { readonly attempt: number; readonly seq: number }>();

  *fresh(rows: readonly DeltaRow[]): Generator<WatchedItem> {
    for (const { turn_id: turn, attempt, seq, text } of rows) {
      const newest = this.#spoken.get(turn) ?? { attempt: -1, seq: 0 };
      if (attempt < newest.attempt) continue;
      if (attempt === newest.attempt && seq <= newest.seq) continue;
      this.#spoken.set(turn, { attempt, seq });
      yield { type: 'delta', turn, attempt, text };
    }
  }
}
