import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

import { HoldfastError } from '../../domain/failures.ts';
import { stateBetween, type BetweenChanges } from '../../domain/effects/state-at-turn.ts';
import type { RunId } from '../../domain/run/ids.ts';
import { addTree, listSteps, stepsRef, type Step } from './checkpoints/chain.ts';
import { restoreTree } from './checkpoints/restore-tree.ts';
import { errorCode } from './files/open-at.ts';
import { giveTree, removeTree, runProgram } from './git/core-programs.ts';
import { runGit, type GitProgram } from './git/git-program.ts';
import { shadowGit, type Shadow } from './git/shadow-repository.ts';
import { shadowName, treeName, workspaceIdOf } from './make-workspace.ts';

/** What the workspace of a forked run is made of. */
export interface WorkspaceFork extends BetweenChanges {
  /** What the repository had checked out before a call of a later turn moved it; undefined when none did. */
  readonly head: { readonly ref: string; readonly old: string } | undefined;
  /** Whether a call of the first run is going on: then what runs in its workspace may change it while it is copied. */
  readonly isBusy: boolean;
}

/** Where the copy is made. */
export interface ForkPlace {
  readonly root: string;
  readonly git: GitProgram;
  readonly runId: RunId;
  /** User of the new workspace; undefined keeps that of the first one. */
  readonly uid: number | undefined;
}

/**
 * Makes the workspace of a forked run: a copy of another one, ignored files and history included, with its files as a
 * turn left them. The baseline stays the one of the first run, so that a diff shows everything since then.
 *
 * @throws {HoldfastError} conflict when that state was not kept.
 */
export async function forkWorkspace(
  { root, git, runId, uid }: ForkPlace,
  from: Shadow,
  fork: WorkspaceFork,
): Promise<void> {
  // SAFETY: without users of their own, a link that is put in place of a folder would lead the copy to the worker's files.
  if (uid === undefined && fork.isBusy) {
    throw new HoldfastError('conflict', 'a call of the run is going on in its workspace', {
      suggestion: 'fork it when the call has ended',
    });
  }
  const { commit } = await stateOf(from, fork);
  const id = workspaceIdOf(runId);
  const unfinished = `making-${id}-`;
  for (const name of await readdir(root)) {
    if (name.startsWith(unfinished)) await removeTree(git, join(root, name));
  }
  const folder = join(root, `${unfinished}${randomBytes(6).toString('hex')}`);
  await mkdir(folder, { mode: 0o711 });
  const owner = uid === undefined ? from.workspace : { uid, gid: uid };
  const shadow = {
    git,
    folder: join(folder, shadowName),
    workspace: { root: join(folder, treeName), uid: owner.uid, gid: owner.gid },
  };
  const { root: source, ...user } = from.workspace;
  const as = uid === undefined ? undefined : user;
  await copyAll(git, { source, target: shadow.workspace.root, as });
  await copyAll(git, { source: from.folder, target: shadow.folder, as: undefined });
  if (uid !== undefined) await giveTree(git, folder, owner);
  await shadowGit(shadow, 'update-ref', stepsRef, commit);
  await restoreTree(shadow, commit);
  if (fork.head !== undefined) await restoreHead(shadow, fork.head);
  try {
    await rename(folder, join(root, id));
  } catch (error) {
    // Another attempt finished meanwhile; its workspace is as good as this one.
    if (errorCode(error) !== 'ENOTEMPTY' && errorCode(error) !== 'EEXIST') throw error;
    await removeTree(git, folder);
  }
}

interface Copy {
  readonly source: string;
  readonly target: string;
  readonly as: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * SAFETY: `cp` finds folders by their paths, and what runs in the workspace may put a link in place of one meanwhile. As
 * the user of the workspace it then reads no more than that one may.
 */
async function copyAll(git: GitProgram, { source, target, as }: Copy): Promise<void> {
  await mkdir(target, { mode: 0o700 });
  if (as !== undefined) await chown(target, as.uid, as.gid);
  const options = ['-dR', '--preserve=mode,timestamps,links', '--reflink=auto', '-T'];
  await runProgram(git, ['cp', ...options, '--', source, target], { cwd: '/', as });
}

async function stateOf(from: Shadow, between: WorkspaceFork): Promise<Step> {
  const found = stateBetween(await listSteps(from), between);
  if (found !== undefined) return found;
  const { lastChange, nextChange } = between;
  if (lastChange === undefined || nextChange !== undefined) {
    throw new HoldfastError('conflict', 'the files as that turn left them were not kept', {
      suggestion: 'choose another turn',
    });
  }
  // Its worker died before it could keep it, and nothing has changed since.
  await addTree(from, { when: 'after', callId: lastChange });
  return stateOf(from, between);
}

/** Takes back what calls of the abandoned branch did to the workspace's own repository; their branches stay. */
async function restoreHead(
  { git, workspace: { root, uid, gid } }: Shadow,
  { ref, old }: { readonly ref: string; readonly old: string },
): Promise<void> {
  const repository = async (...args: readonly string[]): Promise<void> => {
    const command = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', ...args];
    await runGit(git, {
      args: ['--git-dir', join(root, '.git'), ...command],
      cwd: root,
      as: { uid, gid },
    });
  };
  if (ref !== 'HEAD') await repository('symbolic-ref', 'HEAD', ref);
  if (old === '') return;
  await repository('update-ref', ref, old);
  await repository('read-tree', '--reset', old);
}
