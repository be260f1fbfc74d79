import type { AgentRef } from '../../../domain/run/run-input.ts';
import { stoppingRow } from '../../../domain/stops/stopping-row.ts';
import { stopSubject, type StopSubject } from '../../../domain/stops/stop-scopes.ts';
import type { Database } from '../../../storage/postgres/database.ts';
import { readStops } from '../../../storage/stops/stops.ts';

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

interface Watched {
  subject: StopSubject;
  readonly controller: AbortController;
}

/** Work that is watched. */
interface Watch {
  /** Aborts when something that covers the work is stopped. */
  readonly signal: AbortSignal;
  /** Says that a tool is used from now on. */
  readonly uses: (tool: string) => void;
  /** Call it when the work is over. */
  readonly release: () => void;
}

/** Aborts what runs under a scope that somebody stopped: nobody has to wait for a heartbeat. */
export class StopWatcher {
  readonly #db: Database;
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Watches work of a run; without a run no row ends it. */
  watch(run: AgentRef | undefined): Watch {
    const controller = new AbortController();
    const { signal } = controller;
    if (run === undefined) return { signal, uses: () => undefined, release: () => undefined };
    const tools: string[] = [];
    const watched: Watched = { subject: stopSubject(run), controller };
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => void this.#look(), intervalMs);
    return {
      signal,
      uses: (tool) => {
        tools.push(tool);
        watched.subject = stopSubject(run, tools);
      },
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
      const watched = [...this.#watched];
      const subjects = watched.map(({ subject }) => subject);
      // An unreadable row stops nothing that runs; intent and reservation read it again and fail closed.
      const rows = await readStops(this.#db, subjects).catch(() => []);
      if (rows.length === 0) return;
      for (const { subject, controller } of watched) {
        const row = stoppingRow(rows, subject);
        if (row !== undefined) controller.abort(new StoppedByRow(row.scope));
      }
    } finally {
      this.#isLooking = false;
    }
  }
}
