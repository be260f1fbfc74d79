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

/** Used bytes of a workspace's file system when the workspace was last known to be within its limit. */
export type StorageMarks = Map<string, number>;

/**
 * Calls `onExceeded` once when a workspace is larger than `maxBytes`. Cheap: it asks the file system for its free
 * space and walks the tree only when that fell by a 16th of the limit (at most 64 MB) since the last walk. `marks`
 * outlive the command, so that many small commands are seen as well.
 */
export function watchStorage(
  { workspace, maxBytes }: { readonly workspace: string; readonly maxBytes: number },
  marks: StorageMarks,
  onExceeded: (bytes: number) => void,
): StorageWatch {
  const step = Math.min(largestStep, Math.max(1, Math.floor(maxBytes / 16)));
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;

  const poll = async (): Promise<number> => {
    const used = await usedBytes(workspace);
    const mark = Math.min(marks.get(workspace) ?? used, used);
    marks.set(workspace, mark);
    if (used - mark < step) return pollMs;
    const startedAt = performance.now();
    const bytes = await treeBytes(workspace);
    if (bytes <= maxBytes) marks.set(workspace, used);
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

async function usedBytes(folder: string): Promise<number> {
  const { blocks, bfree, bsize } = await statfs(folder);
  return (blocks - bfree) * bsize;
}
