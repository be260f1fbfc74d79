import { endOfAbandoned } from '../../../domain/upkeep/abandoned.ts';
import { putCancel } from '../../../storage/stops/stops.ts';
import { readQuietRuns, type OpenRun } from '../../../storage/runs/open-runs.ts';
import { readHeldRuns } from '../../../storage/stops/kill-switch-reader.ts';
import { isBusy } from '../../effects/ledger/attempt-at-call.ts';
import { closeAbandonedRun } from '../../run/close-run.ts';
import type { UpkeepDependencies } from '../upkeep-dependencies.ts';
import type { Executions } from './executions.ts';

/** A run that was heard of since then is left alone. Milliseconds. */
const quietMs = 15_000;
/** A run whose execution is gone may only be hard to see: it has to be quiet for longer. Milliseconds. */
const goneMs = 10 * 60 * 1_000;
/** Runs that are looked at in one go; a pass over all of them takes as many goes as it needs. */
const runsAtOnce = 10;
/** Shortest time between two passes, in milliseconds; with many runs it is longer. */
const passMs = 10_000;
const passMsPerRun = 100;

/**
 * Holds the rows of runs against their executions, a few at a time: closes those whose execution ended without a word,
 * and wakes those that the kill switch held and that are free.
 */
export class RunRepairer {
  readonly #dependencies: UpkeepDependencies;
  #after = '';
  #seen = 0;
  #nextPassMs = 0;

  constructor(dependencies: UpkeepDependencies) {
    this.#dependencies = dependencies;
  }

  /** Looks at the next few runs. Returns how many it closed or woke. */
  async repairSome(tenant: string, executions: Executions, signal: AbortSignal): Promise<number> {
    const { runs, now } = this.#dependencies;
    if (this.#after === '' && now() < this.#nextPassMs) return 0;
    let count = this.#after === '' ? await this.#wakeFree(tenant, executions) : 0;
    const since = new Date(now() - quietMs);
    const quiet = await readQuietRuns(runs.effects.db, tenant, {
      since,
      after: this.#after,
      limit: runsAtOnce,
    });
    for (const run of quiet) {
      if (await this.#repair(run, executions, signal)) count += 1;
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

  async #repair(run: OpenRun, executions: Executions, signal: AbortSignal): Promise<boolean> {
    const { runs, now, warn } = this.#dependencies;
    const { runId, tenant } = run;
    const seen = await executions.look(run);
    if (seen.type === 'gone' && now() - run.updatedAt.getTime() < goneMs) return false;
    const end = endOfAbandoned(seen);
    if (end === undefined) return false;
    // What still runs for it is ended, and nothing of it begins any more.
    await putCancel(runs.effects.db, tenant, {
      scope: `run:${runId}`,
      reason: end.message,
      by: 'holdfast',
    });
    try {
      const isClosed = await closeAbandonedRun(runs, run, { ...end, signal });
      if (isClosed) warn('a run ended without closing itself', { run: runId, as: end.message });
      return isClosed;
    } catch (error) {
      // A worker is still at one of its calls: the next pass looks again.
      if (isBusy(error)) return false;
      throw error;
    }
  }
}
