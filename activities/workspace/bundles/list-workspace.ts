import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { bundledFolders } from '../../../domain/workspace/fold-parts.ts';
import { errorCode } from '../files/open-at.ts';
import { runProgram, type CorePrograms } from '../git/core-programs.ts';

/** One entry of a workspace's folder as it is now. */
export interface ListedEntry {
  /** One character a byte. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly mode: number;
  /** Seconds since 1970. */
  readonly time: number;
  readonly uid: number;
  readonly size: number;
  /** What it takes on the disk; less than its size when it has holes. Bytes. */
  readonly allocated: number;
  readonly target: string | undefined;
  /** Differs whenever the entry was changed or replaced, whatever its time says. */
  readonly mark: string;
}

const kinds: { readonly [letter: string]: ListedEntry['kind'] } = {
  f: 'file',
  d: 'folder',
  l: 'link',
};

/** What processes of git make for a moment. */
const passing = /^shadow\.git\/(?:index-[0-9a-f]+$|.*\.lock$|objects\/.*\/tmp_)/;

const format = String.raw`%y %m %s %b %T@ %C@ %i %U %p\0%l\0`;

/** Lists everything in the folder of a workspace by its own path, in one process. Links are not followed. */
export async function listWorkspace(programs: CorePrograms, folder: string): Promise<Buffer> {
  const there: string[] = [];
  for (const name of bundledFolders) {
    const stats = await lstat(join(folder, name)).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (stats?.isDirectory() === true) there.push(name);
  }
  return runProgram(programs, ['find', ...there, '-printf', format], { cwd: folder });
}

/** Entries that are read before other work of this process has its turn. */
const entriesAtOnce = 2_000;

/** Reads a listing: folders stand before what is in them. */
export async function readListing(listing: Buffer): Promise<readonly ListedEntry[]> {
  const fields = listing.toString('latin1').split('\0');
  const entries: ListedEntry[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const entry = readEntry(fields[index] ?? '', fields[index + 1] ?? '');
    if (!passing.test(entry.path)) entries.push(entry);
    if (index % (2 * entriesAtOnce) === 0) await setImmediate();
  }
  return entries;
}

function readEntry(head: string, target: string): ListedEntry {
  const words = head.split(' ', 8);
  const [letter = '', mode = '', size = '', blocks = '', time = '', , , uid = ''] = words;
  const mark = words.join(' ');
  const kind = kinds[letter] ?? 'other';
  return {
    path: head.slice(mark.length + 1),
    kind,
    mode: Number.parseInt(mode, 8),
    time: Number(time),
    uid: Number(uid),
    size: Number(size),
    allocated: Math.min(Number(size), Number(blocks) * 512),
    target: kind === 'link' ? target : undefined,
    mark,
  };
}
