import { constants } from 'node:fs';
import { lstat, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { errorCode } from './files/open-at.ts';

/** A file that no honest run touches. */
export interface PlantedFile {
  /** Relative to the workspace. */
  readonly path: string;
  readonly content: string;
}

/** Name of the list in the shadow repository. */
const listName = 'planted';

/**
 * Puts files into a workspace where nobody has been yet, and remembers them beside the shadow repository. What the user's
 * folder has under the same name stays, and nothing is put behind a link.
 */
export async function plantFiles(
  files: readonly PlantedFile[],
  { tree, shadow }: { readonly tree: string; readonly shadow: string },
  owner: { readonly uid: number; readonly gid: number },
): Promise<void> {
  const planted: string[] = [];
  for (const file of files) {
    if (await plantFile(tree, file, owner)) planted.push(file.path);
  }
  if (planted.length === 0) return;
  await writeFile(join(shadow, listName), planted.join('\n'), { mode: 0o600 });
  await hideFromGit(tree, planted);
}

/** Paths that were planted into a workspace; they are no part of what a run made. */
export async function plantedPaths(shadow: string): Promise<ReadonlySet<string>> {
  try {
    return new Set((await readFile(join(shadow, listName), 'utf8')).split('\n'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return new Set();
    throw error;
  }
}

async function plantFile(
  tree: string,
  { path, content }: PlantedFile,
  { uid, gid }: { readonly uid: number; readonly gid: number },
): Promise<boolean> {
  const folders = dirname(path)
    .split('/')
    .filter((name) => name !== '.');
  let folder = tree;
  for (const name of folders) {
    folder = join(folder, name);
    const stats = await lstat(folder).catch(() => undefined);
    // SAFETY: a link of the user's folder may lead anywhere.
    if (stats !== undefined && !stats.isDirectory()) return false;
    if (stats !== undefined) continue;
    await mkdir(folder, { mode: 0o755 });
    await chownTo(folder, { uid, gid });
  }
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  try {
    const file = await open(join(tree, path), flags, 0o644);
    try {
      await file.writeFile(content);
      await file.chown(uid, gid);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function chownTo(
  path: string,
  { uid, gid }: { readonly uid: number; readonly gid: number },
): Promise<void> {
  const folder = await open(
    path,
    constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW,
  );
  try {
    await folder.chown(uid, gid);
  } finally {
    await folder.close();
  }
}

/** The copied repository is told to leave them out, so that no commit of the run takes them along. */
async function hideFromGit(tree: string, planted: readonly string[]): Promise<void> {
  const info = join(tree, '.git', 'info');
  const stats = await lstat(info).catch(() => undefined);
  if (stats?.isDirectory() !== true) return;
  const rules = planted.map((path) => `/${path}\n`).join('');
  const file = await open(
    join(info, 'exclude'),
    constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW,
    0o644,
  ).catch(() => undefined);
  if (file === undefined) return;
  try {
    await file.writeFile(`\n${rules}`);
  } finally {
    await file.close();
  }
}
