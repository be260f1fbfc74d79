import type { Database } from '../../../storage/postgres/database.ts';
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

  /** Stops writing, and removes what was written: the answer is stored by now, or a new attempt begins. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    if (this.#seq === 0) return;
    await this.#db.deleteFrom('deltas').where('turn_id', '=', this.#source.turnId).execute();
  }

  #flush(): void {
    this.#timer = undefined;
    const { turnId, attempt, tenant, runId } = this.#source;
    const text = this.#text.replaceAll('\0', '');
    this.#text = '';
    this.#seq += 1;
    const row = { turn_id: turnId, attempt, seq: this.#seq, tenant, run_id: runId, text };
    // A watcher misses a piece when this fails; the run must not.
    this.#writing = this.#db
      .insertInto('deltas')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
      .catch(() => undefined);
  }
}
