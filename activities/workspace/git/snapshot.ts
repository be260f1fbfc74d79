import { randomBytes } from 'node:crypto';
import { copyFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

import { HoldfastError } from '../../../domain/failures.ts';
import { runProgram } from './core-programs.ts';
import { runGit, tryGit } from './git-program.ts';
import { errorCode } from '../files/open-at.ts';
import { plantedPaths } from '../plant-files.ts';
import {
  baselineRef,
  ignoreRulesName,
  onShadow,
  placeOf,
  shadowGit,
  type Shadow,
} from './shadow-repository.ts';

/** The workspace's tree, written into the shadow repository. */
export interface Snapshot {
  /** Git's hash of the tree. */
  readonly tree: string;
  /** Files that their own permissions hide, sorted; folders that hide all that is in them end with a slash. */
  readonly unreadable: readonly string[];
}

/** Paths of the baseline, one character a byte. */
export async function listBaseline(shadow: Shadow): Promise<ReadonlySet<string>> {
  const listing = await shadowGit(shadow, 'ls-tree', '-r', '-z', '--name-only', baselineRef);
  return new Set(split(listing));
}

/**
 * Writes the tree as it is now. Taken are files and links that `kept` names or that the baseline's rules do not ignore.
 * Paths are listed here and not by git, which would pass over folders that hold a repository of their own.
 */
export async function takeSnapshot(shadow: Shadow, kept: ReadonlySet<string>): Promise<Snapshot> {
  const planted = await plantedPaths(shadow.folder);
  const index = join(shadow.folder, `index-${randomBytes(6).toString('hex')}`);
  try {
    await copyIndex(join(shadow.folder, 'index'), index);
    for (let attempt = 1; ; attempt += 1) {
      const listed = await listTree(shadow);
      const isOwn = (path: string): boolean => !planted.has(path);
      const taken = await withoutIgnored(shadow, listed.paths.filter(isOwn), kept);
      const unreadable = await withoutIgnored(shadow, listed.unreadable.filter(isOwn), kept);
      if (await updateIndex(shadow, index, { taken, unreadable: new Set(unreadable) })) {
        const tree = await runGit(shadow.git, withIndex(shadow, index, ['write-tree']));
        await rename(index, join(shadow.folder, 'index'));
        return {
          tree: tree.toString('latin1').trim(),
          unreadable: unreadable.map(readable).toSorted(),
        };
      }
      // A process in the workspace changed it while it was read.
      if (attempt === attempts) {
        throw new HoldfastError('conflict', 'the workspace does not hold still to be compared', {
          suggestion: 'wait for its running commands to end',
        });
      }
    }
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}

const attempts = 5;

interface Listing {
  readonly paths: readonly string[];
  readonly unreadable: readonly string[];
}

const skipGit = ['-iname', '.git', '-prune', '-o'];
const links = ['-type', 'l', '-printf', String.raw`r%P\0`, '-o'];
const readableFiles = ['-type', 'f', '-readable', '-printf', String.raw`r%P\0`, '-o'];
const otherFiles = ['-type', 'f', '-printf', String.raw`u%P\0`];
/** What `find` tells a folder by that cannot be looked into: it ends with an error when it tries. */
export const closedFolder = ['-type', 'd', '(', '!', '-readable', '-o', '!', '-executable', ')'];
/** Marked by the slash behind their name. */
const closedFolders = [...closedFolder, '-printf', String.raw`u%P/\0`, '-prune', '-o'];

/** Lists files and links; folders named `.git` are left out at every depth, as git cannot hold them. */
async function listTree(shadow: Shadow): Promise<Listing> {
  const listing = await runProgram(
    shadow.git,
    [
      'find',
      '.',
      '-mindepth',
      '1',
      ...skipGit,
      ...closedFolders,
      ...links,
      ...readableFiles,
      ...otherFiles,
    ],
    placeOf(shadow),
  );
  const entries = split(listing);
  const starting = (letter: string): string[] =>
    entries.filter((entry) => entry.startsWith(letter)).map((entry) => entry.slice(1));
  return { paths: starting('r'), unreadable: starting('u') };
}

async function withoutIgnored(
  shadow: Shadow,
  paths: readonly string[],
  kept: ReadonlySet<string>,
): Promise<readonly string[]> {
  const asked = paths.filter((path) => !kept.has(path));
  if (asked.length === 0) return paths;
  const { exitCode, stdout, stderr } = await tryGit(
    shadow.git,
    onShadow(
      shadow,
      [
        '--work-tree',
        join(shadow.folder, ignoreRulesName),
        'check-ignore',
        '--no-index',
        '-z',
        '--stdin',
      ],
      { input: join0(asked) },
    ),
  );
  // 1 means that none is ignored.
  if (exitCode > 1)
    throw new HoldfastError('execution_error', `git check-ignore failed: ${stderr}`);
  const ignored = new Set(split(stdout));
  return paths.filter((path) => kept.has(path) || !ignored.has(path));
}

/** Brings the index to exactly these paths; false when the tree changed under it. */
async function updateIndex(
  shadow: Shadow,
  index: string,
  {
    taken,
    unreadable,
  }: { readonly taken: readonly string[]; readonly unreadable: ReadonlySet<string> },
): Promise<boolean> {
  const wanted = new Set(taken);
  const held = split(await runGit(shadow.git, withIndex(shadow, index, ['ls-files', '-z'])));
  const closed = [...unreadable].filter((path) => path.endsWith('/'));
  const isHidden = (path: string): boolean =>
    unreadable.has(path) || closed.some((folder) => path.startsWith(folder));
  const gone = held.filter((path) => !wanted.has(path) && !isHidden(path));
  const steps: readonly (readonly [readonly string[], readonly string[]])[] = [
    [['--force-remove'], gone],
    [['--add', '--remove', '--replace'], taken],
  ];
  for (const [options, paths] of steps) {
    if (paths.length === 0) continue;
    const command = withIndex(shadow, index, ['update-index', ...options, '-z', '--stdin']);
    const { exitCode } = await tryGit(shadow.git, { ...command, input: join0(paths) });
    if (exitCode !== 0) return false;
  }
  return true;
}

function withIndex(shadow: Shadow, index: string, args: readonly string[]) {
  return onShadow(shadow, ['--work-tree', shadow.workspace.root, ...args], {
    environment: { GIT_INDEX_FILE: index },
  });
}

/**
 * The last index knows which files are unchanged by their times, so that they need not be read again. The copy keeps the
 * time of the index in whole seconds: git reads a file again that is not older than the index, and a younger index would
 * hide changes of the same size that were made within the second of the last look.
 */
async function copyIndex(from: string, to: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(from);
    await copyFile(from, to);
    const seconds = Math.floor(mtimeMs / 1_000);
    await utimes(to, seconds, seconds);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** Paths are bytes, not text: as latin1, each character is one byte. */
function split(listing: Buffer): string[] {
  return listing
    .toString('latin1')
    .split('\0')
    .filter((path) => path !== '');
}

function join0(paths: readonly string[]): Buffer {
  return Buffer.from(paths.map((path) => `${path}\0`).join(''), 'latin1');
}

function readable(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}
