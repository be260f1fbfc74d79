import { existsSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { RunId } from '../../../domain/run/ids.ts';
import type { Database } from '../../../storage/postgres/database.ts';
import { unbundledRuns } from '../../../storage/workspaces/bundles.ts';
import type { Checkpoints } from '../checkpoints/checkpoints.ts';
import { treeName, workspaceIdOf } from '../make-workspace.ts';
import { Bundler, type BundlerOptions } from './bundler.ts';
import { WorkspaceKeeper, type KeeperOptions } from './workspace-keeper.ts';

/** How workspaces are put into bundles. */
export interface BundleOptions {
  readonly db: Database;
  /** False: only what is in a bundle already is restored. */
  readonly enabled: boolean;
  /** Globs of files that no bundle takes, relative to the workspace. */
  readonly exclude: readonly string[];
  /** Largest workspace that is put into bundles. */
  readonly maxBytes: number;
  readonly warn: BundlerOptions['warn'];
}

/** Keeps the workspaces of a host from being lost. */
export interface Safekeeping extends Pick<
  WorkspaceKeeper,
  'ensure' | 'isTrusted' | 'isNew' | 'close'
> {
  readonly soon: (runId: RunId) => void;
  readonly hold: (workspaceId: string) => void;
}

/** A host with its workspaces. */
interface KeptHost extends Pick<KeeperOptions, 'root' | 'allocateUid'> {
  readonly bundles?: BundleOptions;
  readonly hostName: string;
  readonly searchPath: string;
}

/** Begins to keep the workspaces of a host; undefined when nothing is kept. */
export async function safekeepingOf(
  { bundles, root, hostName: host, searchPath, allocateUid }: KeptHost,
  checkpoints: Checkpoints,
): Promise<Safekeeping | undefined> {
  if (bundles === undefined) return undefined;
  const { db, exclude, maxBytes, warn } = bundles;
  const programs = { searchPath };
  // What the worker makes belongs to the worker.
  const isRoot = (await lstat(root)).uid === 0;
  const onRestored = (id: string): void => checkpoints.forget(id);
  const place = { programs, root, host, isRoot };
  const keeper = new WorkspaceKeeper({ db, ...place, allocateUid, onRestored });
  const context = { db, programs, host, isRoot, exclude, maxBytes };
  const settled = async (id: string): Promise<void> => checkpoints.settled(id);
  const bundler = new Bundler({ context, settled, warn });
  const soon = (runId: RunId): void => {
    const workspaceId = workspaceIdOf(runId);
    const folder = join(root, workspaceId);
    if (!bundles.enabled || !existsSync(join(folder, treeName))) return;
    bundler.arm({ workspaceId, runId, folder });
  };
  void bundleUnseen(bundles, root, soon);
  return {
    ensure: async (ref) => keeper.ensure(ref),
    isTrusted: (workspaceId) => keeper.isTrusted(workspaceId),
    isNew: async (workspaceId) => keeper.isNew(workspaceId),
    soon,
    hold: (workspaceId) => bundler.hold(workspaceId),
    close: () => {
      bundler.close();
      keeper.close();
    },
  };
}

/** Begins with what another worker of this host did not get to. */
async function bundleUnseen(
  { db, enabled, warn }: BundleOptions,
  root: string,
  soon: Safekeeping['soon'],
): Promise<void> {
  if (!enabled) return;
  try {
    for (const runId of await unbundledRuns(db, await readdir(root))) soon(runId);
  } catch (error) {
    warn('it is not known which workspaces are in no bundle', { error: String(error) });
  }
}
