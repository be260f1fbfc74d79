import { runScope, stoppedAmong } from '../../../storage/stops/stops.ts';
import type { Database } from '../../../storage/postgres/database.ts';

/** Stop rows are read this often while anything runs, in milliseconds. */
const intervalMs = 500;

/** Reason of an abort by a stop row. */
export class StoppedByRow extends Error {
  override readonly name = 'StoppedByRow';
  readonly scope: string;

  constructor(scope: string) {
    super(`${scope} is stopped`);
    this.scope = scope;
  }
}

/** Aborts what runs under a scope that somebody stopped: nobody has to wait for a heartbeat. */
export class StopWatcher {
  readonly #db: Database;
  readonly #watched = new Set<{ readonly runId: string; readonly controller: AbortController }>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(db: Database) {
    this.#db = db;
  }

  /** A signal that aborts when the run is stopped. Call `release` when the work is over. */
  watch(runId: string): { readonly signal: AbortSignal; readonly release: () => void } {
    const watched = { runId, controller: new AbortController() };
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => void this.#look(), intervalMs);
    return {
      signal: watched.controller.signal,
      release: () => {
        this.#watched.delete(watched);
        if (this.#watched.size > 0) return;
        clearInterval(this.#timer);
        this.#timer = undefined;
      },
    };
  }

  async #look(): Promise<void> {
    // One question at a time: a database that hangs must not use up the connections.
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const scopes = new Set([...this.#watched].map(({ runId }) => runScope(runId)));
      // An unreadable row stops nothing that runs; intent and reservation read it again and fail closed.
      const stopped = new Set(await stoppedAmong(this.#db, [...scopes]).catch(() => []));
      for (const { runId, controller } of this.#watched) {
        const scope = runScope(runId);
        if (stopped.has(scope)) controller.abort(new StoppedByRow(scope));
      }
    } finally {
      this.#isLooking = false;
    }
  }
}
