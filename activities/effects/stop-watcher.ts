import { allStops, runScope } from '../../storage/stops/stops.ts';
import type { Database } from '../../storage/postgres/database.ts';

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
    // An unreadable row stops nothing that runs; intent and reservation read it again and fail closed.
    const stops = await allStops(this.#db).catch(() => []);
    if (stops.length === 0) return;
    const scopes = new Set(stops.map(({ scope }) => scope));
    for (const { runId, controller } of this.#watched) {
      const scope = runScope(runId);
      if (scopes.has(scope)) controller.abort(new StoppedByRow(scope));
    }
  }
}
