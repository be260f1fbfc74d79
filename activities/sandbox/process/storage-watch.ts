import type { Dirent } from 'node:fs';
import { lstat, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** How often the file system's free space is read. Milliseconds. */
const pollMs = 250;
/** Growth of the file system that is reason enough to measure the workspace. Bytes. */
const largestStep = 64 * 1024 ** 2;
/** A walk of a large tree may take at most one part in so many of the time. */
const walkShare = 10;

/** A running watch. */
export interface StorageWatch {
  readonly stop: () => void;
}

/** Used bytes of the file systems of some folders when these were last known to be within their limit. */
export type StorageMarks = Map<string, number>;

/**
 * Calls `onExceeded` once when folders together are larger than `maxBytes`. Cheap: it asks the file system for its free
 * space and walks the tree only when that fell by a 16th of the limit (at most 64 MB) since the last walk. `marks`
 * outlive the command, so that many small commands are seen as well.
 */
export function watchStorage(
  { folders, maxBytes }: { readonly folders: readonly string[]; readonly maxBytes: number },
  marks: StorageMarks,
  onExceeded: (bytes: number) => void,
): StorageWatch {
  const step = Math.min(largestStep, Math.max(1, Math.floor(maxBytes / 16)));
  const key = folders.join('\0');
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;

  const poll = async (): Promise<number> => {
    const used = await sumOver(folders, usedBytes);
    const mark = Math.min(marks.get(key) ?? used, used);
    marks.set(key, mark);
    if (used - mark < step) return pollMs;
    const startedAt = performance.now();
    const bytes = await sumOver(folders, treeBytes);
    if (bytes <= maxBytes) marks.set(key, used);
    else if (!isOver) {
      isOver = true;
      onExceeded(bytes);
    }
    return Math.max(pollMs, walkShare * (performance.now() - startedAt));
  };
  const schedule = (afterMs: number): void => {
    timer = setTimeout(() => {
      poll().then(
        (nextMs) => (isOver ? undefined : schedule(nextMs)),
        () => schedule(pollMs),
      );
    }, afterMs);
  };
  schedule(0);
  return {
    stop: () => {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

/** Adds up what a tree takes on disk, without following links. Files that vanish meanwhile count nothing. */
export async function treeBytes(folder: string): Promise<number> {
  let bytes = 0;
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await treeBytes(path);
    else
      bytes += await lstat(path).then(
        ({ blocks }) => blocks * 512,
        () => 0,
      );
  }
  return bytes;
}

async function sumOver(
  folders: readonly string[],
  measure: (folder: string) => Promise<number>,
): Promise<number> {
  const sizes = await Promise.all(folders.map(measure));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function usedBytes(folder: string): Promise<number> {
  const { blocks, bfree, bsize } = await statfs(folder);
  return (blocks - bfree) * bsize;
}
