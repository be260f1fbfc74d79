import { gitReader } from '../../../storage/audit/outcome-queue.ts';
import { readOpenRunIds } from '../../../storage/runs/open-runs.ts';
import { forgetHosts } from '../../../storage/hosts/hosts.ts';
import { prune } from '../../../storage/retention/prune.ts';
import { isLockBusy } from '../../../storage/retention/lock-contents.ts';
import { emptiedWorkspaces } from '../../../storage/retention/emptied-workspaces.ts';
import type { UpkeepDependencies } from '../upkeep-dependencies.ts';

/** A worker that just began has other things to do. Milliseconds. */
const firstMs = 60_000;
const dayMs = 24 * 60 * 60 * 1_000;
/**
 * Marks of begun effects of runs that no row tells of are kept so long: a database that was put back to an older copy may
 * not know of a run yet. Milliseconds.
 */
const marksMs = 30 * dayMs;
/** When others write for too long, and for folders of runs that were erased. Milliseconds. */
const soonMs = 60_000;

/** Takes away once a day what is older than the settings say, and soon the folders of runs without contents. */
export class DailyPruner {
  readonly #dependencies: UpkeepDependencies;
  #pruneMs: number;
  #foldersMs: number;

  constructor(dependencies: UpkeepDependencies) {
    this.#dependencies = dependencies;
    this.#pruneMs = dependencies.now() + firstMs;
    this.#foldersMs = this.#pruneMs;
  }

  /** Does what is due. Returns how many runs lost their contents or folders. */
  async pruneDue(tenant: string): Promise<number> {
    const { now } = this.#dependencies;
    const isFolderTime = now() >= this.#foldersMs;
    if (isFolderTime) this.#foldersMs = now() + soonMs;
    const folders = isFolderTime ? await this.#removeFolders(tenant) : 0;
    return folders + (now() >= this.#pruneMs ? await this.#prune(tenant) : 0);
  }

  async #prune(tenant: string): Promise<number> {
    const {
      db,
      now,
      repository,
      retention,
      runs: { effects },
    } = this.#dependencies;
    const followers = repository === undefined ? [] : [gitReader(repository.folder)];
    try {
      const { runs } = await prune(db, {
        tenant,
        retention,
        nowMs: now(),
        followers,
        by: 'holdfast',
      });
      await forgetHosts(db);
      const before = new Date(now() - marksMs);
      effects.begun.sweep({ open: await readOpenRunIds(db), before });
      this.#pruneMs = now() + dayMs;
      return runs;
    } catch (error) {
      if (!isLockBusy(error)) throw error;
      this.#pruneMs = now() + soonMs;
      return 0;
    }
  }

  async #removeFolders(tenant: string): Promise<number> {
    const { db, runs } = this.#dependencies;
    const { workspaces, owner } = runs.effects;
    const here = await workspaces.list();
    const unneeded = await emptiedWorkspaces(db, { tenant, ids: here });
    for (const id of unneeded) await workspaces.remove({ id, host: owner.host });
    return unneeded.length;
  }
}
