import type { Hash } from '../../../domain/json.ts';
import type { CallOutcome } from '../../../domain/tools/call-outcome.ts';
import { endWithOutcome, type EndedEffect } from '../../../storage/effects/end-with-outcome.ts';
import type { Database } from '../../../storage/postgres/database.ts';
import { keepTrying } from '../keep-trying.ts';

/**
 * Time in which an outcome may still be lost with its database, in milliseconds. The server itself writes it within
 * 0.6 s (PostgreSQL, asynchronous commit: three times wal_writer_delay); a lost connection may be noticed much later.
 */
const keptMs = 120_000;
/** Most outcomes that are kept; the oldest go first. */
const maxKept = 200;
/** Most characters of their texts together; the newest is kept however long it is. */
const maxTextLength = 32 * 1024 * 1024;

interface Kept {
  readonly ended: EndedEffect;
  readonly atMs: number;
  /** Characters of its texts. */
  readonly length: number;
}

/**
 * Outcomes that this process has just written. Their commit does not wait for the disk: when the database crashes right
 * after it, the ledger is back at the intent, and only this process knows the outcome. It writes it again then.
 */
export class RecentOutcomes {
  readonly #now: () => number;
  /** By call, oldest first. */
  readonly #kept = new Map<string, Kept>();
  #textLength = 0;
  #writing: Promise<void> | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Keeps an outcome that was written a moment ago. */
  remember(ended: EndedEffect): void {
    const { callId } = ended.outcome;
    const length = [...ended.texts.values()].reduce((sum, text) => sum + text.length, 0);
    this.#forget(callId);
    this.#kept.set(callId, { ended, atMs: this.#now(), length });
    this.#textLength += length;
    for (const [oldest, { atMs }] of this.#kept) {
      const isFull = this.#kept.size > maxKept || this.#textLength > maxTextLength;
      const isOld = this.#now() - atMs > keptMs;
      if (oldest === callId || !(isFull || isOld)) return;
      this.#forget(oldest);
    }
  }

  #forget(callId: string): void {
    this.#textLength -= this.#kept.get(callId)?.length ?? 0;
    this.#kept.delete(callId);
  }

  /** The outcome of a call as this process wrote it a moment ago. */
  of(callId: string): EndedEffect | undefined {
    return this.#kept.get(callId)?.ended;
  }

  /** Texts of outcomes of a moment ago by hash, so that nobody need read them; undefined when one is not among them. */
  textsOf(outcomes: readonly CallOutcome[]): ReadonlyMap<Hash, string> | undefined {
    const texts = new Map<Hash, string>();
    for (const { callId, result } of outcomes) {
      if (result === undefined) continue;
      const text = this.#kept.get(callId)?.ended.texts.get(result);
      if (text === undefined) return undefined;
      texts.set(result, text);
    }
    return texts;
  }

  /** Writes again what may have been lost with the database: what is there already, or is another's by now, stays. */
  async writeAgain(db: Database): Promise<void> {
    this.#writing ??= this.#writeAll(db).finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeAll(db: Database): Promise<void> {
    for (const { ended } of this.#kept.values()) {
      await keepTrying(async () => endWithOutcome(db, ended));
    }
  }
}
