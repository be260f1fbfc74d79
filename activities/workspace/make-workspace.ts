import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, lstat, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

import { runKeyOf, type RunId } from '../../domain/run/ids.ts';
import { hashText } from '../../storage/hashing.ts';
import { checkSource, copySource, type SourceLimits } from './copy-source.ts';
import { giveTree, removeTree } from './git/core-programs.ts';
import { tryGit, type GitProgram } from './git/git-program.ts';
import { errorCode } from './files/open-at.ts';
import { noteRemotes } from './git/remotes.ts';
import { createShadow } from './git/shadow.ts';
import { plantFiles, type PlantedFile } from './plant-files.ts';

/** Names inside of the folder of one workspace. */
export const treeName = 'tree';
export const shadowName = 'shadow.git';

/** What is needed to make one workspace. */
export interface NewWorkspace {
  readonly root: string;
  readonly git: GitProgram;
  readonly allocateUid: (runId: RunId) => number;
  readonly dataFolder: string;
  readonly limits?: Partial<SourceLimits>;
  readonly planted?: readonly PlantedFile[];
  readonly runId: RunId;
  readonly source: string | undefined;
}

/** Folder name of a run's workspace: readable, and different for different runs. */
export function workspaceIdOf(runId: RunId): string {
  const key = runKeyOf(runId)
    .replaceAll(/[^A-Za-z0-9_-]/g, '')
    .slice(0, 40);
  return `${key}-${hashText(runId).slice(0, 16)}`;
}

/** Makes a workspace under another name and gives it its own in the last step, so that none is ever half made. */
export async function makeWorkspace(wanted: NewWorkspace): Promise<void> {
  const { root, git, dataFolder, limits = {}, runId, source } = wanted;
  const checked =
    source === undefined ? undefined : await checkSource(git, source, { dataFolder, limits });
  const id = workspaceIdOf(runId);
  const unfinished = `making-${id}-`;
  for (const name of await readdir(root)) {
    if (name.startsWith(unfinished)) await removeTree(git, join(root, name));
  }
  const folder = join(root, `${unfinished}${randomBytes(6).toString('hex')}`);
  await mkdir(folder, { mode: 0o711 });
  await fill(folder, checked, wanted);
  try {
    await rename(folder, join(root, id));
  } catch (error) {
    // Another attempt finished meanwhile; its workspace is as good as this one.
    if (errorCode(error) !== 'ENOTEMPTY' && errorCode(error) !== 'EEXIST') throw error;
    await removeTree(git, folder);
  }
}

async function fill(
  folder: string,
  source: string | undefined,
  { git, allocateUid, runId, planted = [] }: NewWorkspace,
): Promise<void> {
  const tree = join(folder, treeName);
  await mkdir(tree, { mode: 0o755 });
  if (source !== undefined) await copySource({ git, source, tree });
  const made = await lstat(tree);
  if (made.uid === 0) {
    const uid = allocateUid(runId);
    if (source === undefined) await chown(tree, uid, uid);
    else await giveTree(git, tree, { uid, gid: uid });
  }
  const { uid, gid } = await lstat(tree);
  const workspace = { root: tree, uid, gid };
  const shadow = join(folder, shadowName);
  await createShadow({ git, folder: shadow, workspace });
  await plantFiles(planted, { tree, shadow }, { uid, gid });
  if (!existsSync(join(tree, '.git'))) return;
  if (source !== undefined) await noteRemotes(git, source, shadow);
  // The copied repository's index learns the times of the copied files.
  const refresh = ['--git-dir', '.git', '--work-tree', '.', 'update-index', '-q', '--refresh'];
  await tryGit(git, { args: refresh, cwd: tree, as: { uid, gid } });
}
