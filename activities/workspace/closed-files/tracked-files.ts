import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';

import { pathsInIndex } from './git-index.ts';

/** Largest index that is read; of a larger one no file counts as tracked. Bytes. */
const maxBytes = 128 * 1024 * 1024;

/** What was found in the index of a workspace, and which index that was. */
export interface KnownIndex {
  readonly changedMs: number;
  readonly inode: number;
  readonly paths: ReadonlySet<string>;
}

/** Files of a workspace that git tracks, as far as they matter; `known` is what the last look found. */
export function trackedFiles(
  root: string,
  matters: (path: string) => boolean,
  known: KnownIndex | undefined,
): KnownIndex | undefined {
  let descriptor: number;
  try {
    // SAFETY: the workspace may hold a link to a file of the host; only paths that are closed by name come out of it.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    descriptor = openSync(join(root, '.git/index'), flags);
  } catch {
    return undefined;
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size > maxBytes) return undefined;
    if (known !== undefined && isSame(known, stats)) return known;
    const paths = new Set<string>();
    for (const path of pathsInIndex(readFileSync(descriptor))) if (matters(path)) paths.add(path);
    return { changedMs: stats.ctimeMs, inode: stats.ino, paths };
  } finally {
    closeSync(descriptor);
  }
}

/** Git writes another file each time. */
function isSame({ changedMs, inode }: KnownIndex, { ctimeMs, ino }: Stats): boolean {
  return changedMs === ctimeMs && inode === ino;
}
