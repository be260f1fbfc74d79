import { endOfAbandoned, type AbandonedEnd } from '../../../domain/upkeep/abandoned.ts';
import { putCancel } from '../../../storage/stops/stops.ts';
import { readQuietRuns, type OpenRun } from '../../../storage/runs/open-runs.ts';
import { readHeldRuns } from '../../../storage/stops/kill-switch-reader.ts';
import { isStorageUnavailable, type Database } from '../../../storage/postgres/database.ts';
import { isBusy } from '../../effects/ledger/attempt-at-call.ts';
import type { Executions } from './executions.ts';

/** A run that was heard of since then is left alone. Milliseconds. */
const quietMs = 15_000;
/**
 * An execution that is gone may only be out of sight, as from the wrong namespace: this worker has to miss it for so long,
 * look after look, before its run is closed. Milliseconds.
 */
const goneMs = 60 * 60 * 1_000;
/** Runs that are looked at in one go; a pass over all of them takes as many goes as it needs. */
const runsAtOnce = 10;
/** Shortest time between two passes, in milliseconds; with many runs it is longer. */
const passMs = 10_000;
const passMsPerRun = 100;

/** What repairing runs needs. */
export interface RepairDependencies {
  readonly db: Database;
  /** Closes a run that cannot close itself; false when it is closed already. */
  readonly close: (run: OpenRun, end: AbandonedEnd, signal: AbortSignal) => Promise<boolean>;
  /** Tells the operator that something has to be mended. */
  readonly warn: (message: string, fields: Readonly<Record<string, string>>) => void;
  readonly now: () => number;
}

/**
 * Holds the rows of runs against their executions, a few at a time: closes those whose execution ended without a word,
 * and wakes those that the kill switch held and that are free.
 */
export class RunRepairer {
  readonly #dependencies: RepairDependencies;
  #after = '';
  #seen = 0;
  #nextPassMs = 0;
  /** When executions were first missed, in milliseconds since 1970, by run. */
  readonly #goneSince = new Map<string, number>();
  /** What was last told of runs that could not be closed. */
  readonly #told = new Map<string, string>();

  constructor(dependencies: RepairDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Looks at the next few runs. Returns how many it closed or woke. What goes wrong at one run is told, and tried again in
   * the next pass: no other run waits for it.
   */
  async repairSome(tenant: string, executions: Executions, signal: AbortSignal): Promise<number> {
    const { db, now } = this.#dependencies;
    if (this.#after === '' && now() < this.#nextPassMs) return 0;
    let count = this.#after === '' ? await this.#wakeFree(tenant, executions) : 0;
    const since = new Date(now() - quietMs);
    const quiet = await readQuietRuns(db, tenant, {
      since,
      after: this.#after,
      limit: runsAtOnce,
    });
    for (const run of quiet) {
      if (await this.#tryRepair(run, executions, signal)) count += 1;
    }
    this.#seen += quiet.length;
    this.#after = quiet.length < runsAtOnce ? '' : (quiet.at(-1)?.runId ?? '');
    if (this.#after === '') {
      this.#nextPassMs = now() + Math.max(passMs, this.#seen * passMsPerRun);
      this.#seen = 0;
    }
    return count;
  }

  async #wakeFree(tenant: string, executions: Executions): Promise<number> {
    const held = await readHeldRuns(this.#dependencies.db, tenant);
    const free = held.filter(({ scope }) => scope === null);
    // One that ended meanwhile needs no waking.
    for (const { runId } of free) await executions.wake(runId).catch(() => undefined);
    return free.length;
  }

  async #tryRepair(run: OpenRun, executions: Executions, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    try {
      const isClosed = await this.#repair(run, executions, signal);
      this.#told.delete(run.runId);
      return isClosed;
    } catch (error) {
      if (signal.aborted || isStorageUnavailable(error)) throw error;
      // A worker is still at one of its calls: the next pass looks again.
      if (!isBusy(error)) this.#tell(run.runId, error);
      return false;
    }
  }

  /** Tells each trouble of a run once, not at every pass. */
  #tell(runId: string, error: unknown): void {
    const reason = (error instanceof Error ? error.message : String(error)).slice(0, 500);
    if (this.#told.get(runId) === reason) return;
    this.#told.set(runId, reason);
    this.#dependencies.warn('a run cannot be held against its workflow', { run: runId, reason });
  }

  async #repair(run: OpenRun, executions: Executions, signal: AbortSignal): Promise<boolean> {
    const { db, close, now, warn } = this.#dependencies;
    const { runId, tenant } = run;
    const seen = await executions.look(run);
    if (seen.type !== 'gone') this.#goneSince.delete(runId);
    else if (!this.#isGoneForGood(runId, now())) return false;
    const end = endOfAbandoned(seen);
    if (end === undefined) return false;
    // What still runs for it is ended, and nothing of it begins any more.
    await putCancel(db, tenant, {
      scope: `run:${runId}`,
      reason: end.message,
      by: 'holdfast',
    });
    const isClosed = await close(run, end, signal);
    this.#goneSince.delete(runId);
    if (isClosed) warn('a run ended without closing itself', { run: runId, as: end.message });
    return isClosed;
  }

  #isGoneForGood(runId: string, nowMs: number): boolean {
    const since = this.#goneSince.get(runId) ?? nowMs;
    this.#goneSince.set(runId, since);
    return nowMs - since >= goneMs;
  }
}
