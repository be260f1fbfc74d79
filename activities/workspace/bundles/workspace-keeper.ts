import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

import { ApplicationFailure } from '@temporalio/common';

import { FailureType, HoldfastError } from '../../../domain/failures.ts';
import type { RunId } from '../../../domain/run/ids.ts';
import type { WorkspaceRef } from '../../../domain/run/run-input.ts';
import { lossForModel, lossForPerson } from '../../../domain/workspace/lost-changes.ts';
import type { Database } from '../../../storage/postgres/database.ts';
import { getKept, type KeptWorkspace } from '../../../storage/workspaces/bundles.ts';
import { isHostAlive } from '../../../storage/workspaces/hosts.ts';
import { moveRenamed, moveRestored } from '../../../storage/workspaces/move-workspace.ts';
import { removeTree, type CorePrograms } from '../git/core-programs.ts';
import { treeName } from '../make-workspace.ts';
import { HostLease } from './host-lease.ts';
import { readToken, writeToken } from './place-token.ts';
import { unpackBundle } from './unpack-bundle.ts';

/** What a keeper of workspaces needs. */
export interface KeeperOptions {
  readonly db: Database;
  readonly programs: CorePrograms;
  /** Folder of all workspaces. */
  readonly root: string;
  readonly host: string;
  readonly isRoot: boolean;
  readonly allocateUid: (runId: RunId) => number;
  /** Called when the folder of a workspace is another one from now on. */
  readonly onRestored: (workspaceId: string) => void;
}

/**
 * Makes sure that the folder of a workspace on this host is the present one, and restores it from its bundle when it is
 * gone, or when the host that held it is. What was looked at once is trusted while this host is known to be alive.
 */
export class WorkspaceKeeper {
  readonly #options: KeeperOptions;
  readonly #lease: HostLease;
  readonly #here = new Set<string>();
  readonly #looking = new Map<string, Promise<void>>();

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#lease = new HostLease(options.db, options.host);
  }

  /** Whether the folder of a workspace, if it is there, is the present one. */
  isTrusted(workspaceId: string): boolean {
    return this.#here.has(workspaceId) && this.#lease.isValid;
  }

  /**
   * Makes sure that a workspace is here.
   *
   * @throws {HoldfastError} workspace_lost when it is gone and in no bundle, and once when what came back lacks something;
   * {ApplicationFailure} Effect.Busy while a host that lives holds it.
   */
  async ensure(ref: WorkspaceRef): Promise<void> {
    if (this.isTrusted(ref.id) && (await this.#isThere(ref.id))) return;
    const looking = this.#looking.get(ref.id) ?? this.#look(ref);
    this.#looking.set(ref.id, looking);
    try {
      await looking;
    } finally {
      this.#looking.delete(ref.id);
    }
  }

  /** Says that a workspace was made here just now. */
  async isNew(workspaceId: string): Promise<void> {
    if (!this.#lease.isValid) await this.#lease.renew();
    this.#here.add(workspaceId);
  }

  close(): void {
    this.#lease.close();
  }

  async #isThere(id: string): Promise<boolean> {
    const stats = await lstat(join(this.#options.root, id, treeName)).catch(() => undefined);
    return stats?.isDirectory() === true;
  }

  async #look(ref: WorkspaceRef): Promise<void> {
    const { db, host } = this.#options;
    if (!this.#lease.isValid) {
      this.#here.clear();
      await this.#lease.renew();
    }
    this.#here.delete(ref.id);
    const kept = await getKept(db, ref.id);
    const holder = kept?.host ?? ref.host;
    if (holder !== host && (await isHostAlive(db, holder))) throw elsewhere(ref, holder);
    const present = await this.#present(ref, kept);
    if (present?.loss !== undefined) throw incomplete(present.loss);
    this.#here.add(ref.id);
  }

  /** The row of a workspace that is here, restored if need be; undefined when there is none. */
  async #present(
    ref: WorkspaceRef,
    kept: KeptWorkspace | undefined,
  ): Promise<KeptWorkspace | undefined> {
    const { db, root, host } = this.#options;
    const isThere = await this.#isThere(ref.id);
    if (kept === undefined) {
      if (ref.host === host && isThere) return undefined;
      throw lost(ref, 'nothing of it was in a bundle yet');
    }
    if (isThere && (await readToken(join(root, ref.id))) === kept.token) {
      if (kept.host !== host) await moveRenamed(db, kept, host);
    } else if (kept.parts.length === 0) {
      throw lost(ref, kept.problem ?? 'nothing of it was in a bundle yet');
    } else {
      await this.#restore(kept);
    }
    return getKept(db, ref.id);
  }

  async #restore(kept: KeptWorkspace): Promise<void> {
    const { db, programs, root, host, isRoot, allocateUid } = this.#options;
    const unfinished = `making-${kept.workspaceId}-`;
    for (const name of await readdir(root)) {
      if (name.startsWith(unfinished)) await removeTree(programs, join(root, name));
    }
    const folder = join(root, `${unfinished}${randomBytes(6).toString('hex')}`);
    await mkdir(folder, { mode: 0o711 });
    const uid = isRoot ? allocateUid(kept.runId) : undefined;
    const leftOut = await unpackBundle(db, kept, { folder, uid });
    const token = await writeToken(folder);
    if (!(await moveRestored(db, { kept, host, token, leftOut }))) {
      await removeTree(programs, folder);
      throw busyWith(`another worker restores the workspace ${kept.workspaceId}`);
    }
    // What is there under the name is not the workspace any more; who dies here leaves it to be restored again.
    await removeTree(programs, join(root, kept.workspaceId));
    await rename(folder, join(root, kept.workspaceId));
    this.#options.onRestored(kept.workspaceId);
  }
}

function lost(ref: WorkspaceRef, why: string): HoldfastError {
  return new HoldfastError(
    'workspace_lost',
    `the workspace ${ref.id} of host ${ref.host} is gone: ${why}`,
    { suggestion: 'bring the folder back and resume the run, or cancel it' },
  );
}

function incomplete(loss: NonNullable<KeptWorkspace['loss']>): HoldfastError {
  return new HoldfastError('workspace_lost', lossForPerson(loss), {
    suggestion: 'resume to go on without it: the model is told',
    details: { tell: lossForModel(loss) },
  });
}

function elsewhere(ref: WorkspaceRef, host: string): ApplicationFailure {
  return busyWith(`the workspace ${ref.id} is on host ${host}, which is alive`);
}

function busyWith(message: string): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: FailureType.effectBusy,
    nextRetryDelay: '1 second',
    category: 'BENIGN',
  });
}
