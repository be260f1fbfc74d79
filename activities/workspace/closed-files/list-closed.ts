import { lstatSync, readdirSync, type Dirent, type Stats } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';

import type { Closing, ClosingOf } from '../../../domain/policy/closed-paths.ts';

/** One entry of the workspace that is closed to programs. */
export interface ClosedPath {
  /** Relative to the workspace. */
  readonly path: string;
  readonly kind: 'file' | 'folder';
  readonly closing: Closing;
}

/** A folder as it was listed. */
interface Listed {
  /** Changes with every entry that is made, removed or renamed, and nobody can set it back. Milliseconds. */
  readonly changedMs: number;
  readonly inode: number;
  /** Folders to look into, relative to the workspace. */
  readonly folders: readonly string[];
  readonly closed: readonly ClosedPath[];
  /** True when nobody may read the folder itself, by its name, and nothing in it but perhaps its folders. */
  readonly isWhole: boolean;
}

/** What is remembered of the folders of a workspace, by their path. */
export type KnownFolders = Map<string, Listed>;

/** What of a workspace is looked for. */
export interface ClosedQuery {
  readonly root: string;
  readonly closingOf: ClosingOf;
  /** What stays open whatever its name is. */
  readonly isOpen: (path: string) => boolean;
}

/** Most folders that are looked into, the outermost first. */
const maxFolders = 20_000;
/** Longest time without letting others work. Milliseconds. */
const sliceMs = 10;
/** A folder that changed so shortly ago may change once more without another time of change: two ticks of a slow kernel. Milliseconds. */
const racyMs = 20;

/** Folders of what others have made: the repository, and what package managers put there. */
const leftOut: ReadonlySet<string> = new Set(['.git', 'node_modules', 'site-packages']);
/** The file that marks a virtual environment of Python. */
const environmentMark = 'pyvenv.cfg';

/**
 * Lists what is closed to programs by its name, a folder as one where nothing in it may be read. Only folders that changed since
 * they were remembered are read again. Links are left out: what they lead to counts by its own name, as for file tools.
 */
export async function listClosed(
  { root, closingOf, isOpen }: ClosedQuery,
  known: KnownFolders,
): Promise<readonly ClosedPath[]> {
  const seen: string[] = [''];
  let sliceStart = performance.now();
  for (let at = 0; at < seen.length; at += 1) {
    const folder = seen[at] ?? '';
    const listed = refreshed({ root, folder, closingOf }, known);
    for (const below of listed?.folders ?? []) if (seen.length < maxFolders) seen.push(below);
    if (performance.now() - sliceStart < sliceMs) continue;
    await breathe();
    sliceStart = performance.now();
  }
  forgetOthers(known, seen);
  return closedBelow('', known, isOpen).closed;
}

function refreshed(
  where: { readonly root: string; readonly folder: string; readonly closingOf: ClosingOf },
  known: KnownFolders,
): Listed | undefined {
  const { root, folder } = where;
  const stats = statsOf(`${root}/${folder}`);
  const before = known.get(folder);
  if (stats?.isDirectory() !== true) {
    known.delete(folder);
    return undefined;
  }
  const { ctimeMs, ino } = stats;
  if (before?.changedMs === ctimeMs && before.inode === ino) return before;
  const isRacy = Date.now() - ctimeMs < racyMs;
  const listed = listOne(where, { changedMs: isRacy ? Number.NaN : ctimeMs, inode: ino });
  known.set(folder, listed);
  return listed;
}

function listOne(
  {
    root,
    folder,
    closingOf,
  }: { readonly root: string; readonly folder: string; readonly closingOf: ClosingOf },
  state: Pick<Listed, 'changedMs' | 'inode'>,
): Listed {
  const entries = entriesOf(`${root}/${folder}`);
  // A name that is no UTF-8 cannot be told to bubblewrap.
  const named = entries.filter(({ name }) => !name.includes('\u{FFFD}'));
  if (named.some(({ name }) => name === environmentMark)) {
    return { ...state, folders: [], closed: [], isWhole: false };
  }
  const folders = named.filter((entry) => entry.isDirectory() && !leftOut.has(entry.name));
  const files = named.filter((entry) => entry.isFile());
  const pathOf = ({ name }: Dirent): string => (folder === '' ? name : `${folder}/${name}`);
  const closed = files.flatMap((file): ClosedPath | [] => {
    const path = pathOf(file);
    const closing = closingOf(path);
    return closing === undefined ? [] : { path, kind: 'file', closing };
  });
  const denied = closed.filter(({ closing }) => closing === 'deny');
  const isComplete = denied.length + folders.length === entries.length && entries.length > 0;
  const isWhole = isComplete && folder !== '' && closingOf(folder) === 'deny';
  return { ...state, folders: folders.map(pathOf), closed, isWhole };
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // Nobody may pass there: then no program does.
    return undefined;
  }
}

function entriesOf(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    // It went meanwhile, or nobody may read it: then no program does.
    return [];
  }
}

function forgetOthers(known: KnownFolders, seen: readonly string[]): void {
  if (known.size <= seen.length) return;
  const there = new Set(seen);
  for (const folder of known.keys()) if (!there.has(folder)) known.delete(folder);
}

interface Below {
  readonly closed: readonly ClosedPath[];
  readonly isWhole: boolean;
}

function closedBelow(folder: string, known: KnownFolders, isOpen: ClosedQuery['isOpen']): Below {
  const listed = known.get(folder);
  if (listed === undefined) return { closed: [], isWhole: false };
  const below = listed.folders.map((inner) => closedBelow(inner, known, isOpen));
  const own = listed.closed.filter(({ path }) => !isOpen(path));
  const isWhole =
    listed.isWhole && own.length === listed.closed.length && below.every((one) => one.isWhole);
  return isWhole
    ? { closed: [{ path: folder, kind: 'folder', closing: 'deny' }], isWhole }
    : { closed: [...own, ...below.flatMap((one) => one.closed)], isWhole };
}
