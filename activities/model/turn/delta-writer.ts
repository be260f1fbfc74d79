import type { Database } from '../../../storage/postgres/database.ts';
import { putDelta, removeDeltas } from '../../../storage/turns/deltas.ts';
import type { ChatDelta } from '../model-gateway.ts';

/** Pieces are gathered this long before they are written, in milliseconds: below what an eye notices. */
const gatherMs = 60;

/** Whose words are streamed. */
export interface DeltaSource {
  readonly turnId: string;
  readonly attempt: number;
  readonly tenant: string;
  readonly runId: string;
}

/**
 * Writes the model's words while they come, for whoever watches. They may be lost: the answer itself is stored with
 * the turn, and a fast answer writes none at all.
 */
export class DeltaWriter {
  readonly #db: Database;
  readonly #source: DeltaSource;
  #text = '';
  #seq = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(db: Database, source: DeltaSource) {
    this.#db = db;
    this.#source = source;
  }

  readonly add = (delta: ChatDelta): void => {
    if (delta.type !== 'text') return;
    this.#text += delta.text;
    this.#timer ??= setTimeout(() => this.#flush(), gatherMs);
  };

  /** Stops writing, and removes what was written: the answer is stored soon, or a new attempt begins. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    if (this.#seq === 0) return;
    // What stays behind because this fails must not cost the answer.
    await removeDeltas(this.#db, this.#source.turnId).catch(() => undefined);
  }

  #flush(): void {
    this.#timer = undefined;
    const text = this.#text.replaceAll('\0', '');
    this.#text = '';
    this.#seq += 1;
    const delta = { ...this.#source, seq: this.#seq, text };
    // A watcher misses a piece when this fails; the run must not.
    this.#writing = this.#writing.then(() => putDelta(this.#db, delta)).catch(() => undefined);
  }
}
