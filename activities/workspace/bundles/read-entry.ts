import { constants } from 'node:fs';
import { open, readlink, type FileHandle } from 'node:fs/promises';

import type { BundleEntry, BundlePiece } from '../../../domain/workspace/bundle-part-schema.ts';
import { errorCode } from '../files/open-at.ts';
import type { ListedEntry } from './list-workspace.ts';
import type { PackWriter } from './pack-writer.ts';

/** What is read of a file at once. Bytes. */
const blockBytes = 1024 * 1024;
const zeros = Buffer.alloc(blockBytes);

const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Thrown when a file is not what it was a moment ago: the workspace does not hold still. */
export class Moved extends Error {
  override readonly name = 'Moved';
}

/**
 * Reads one entry into packs.
 * @throws {Moved} when it was changed meanwhile.
 */
export async function readEntry(
  folder: string,
  entry: ListedEntry,
  packs: PackWriter,
): Promise<Pick<BundleEntry, 'size' | 'pieces'>> {
  if (entry.kind !== 'file') return {};
  const path = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(entry.path, 'latin1')]);
  const file = await openFile(path);
  try {
    // SAFETY: a link that a process of the run put in place of a folder would lead to somebody else's file.
    const opened = await readlink(`/proc/self/fd/${file.fd}`, { encoding: 'buffer' });
    if (!opened.equals(path)) throw new Moved();
    const stats = await file.stat();
    if (!stats.isFile() || stats.size !== entry.size) throw new Moved();
    const pieces = await readContent(file, entry, packs);
    await packs.endFile(entry.path);
    return { size: entry.size, ...(pieces.length === 0 ? {} : { pieces: [...pieces] }) };
  } finally {
    await file.close();
  }
}

async function openFile(path: Buffer): Promise<FileHandle> {
  try {
    return await open(path, flags);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENXIO') {
      throw new Moved();
    }
    throw error;
  }
}

async function readContent(
  file: FileHandle,
  { size, allocated }: ListedEntry,
  packs: PackWriter,
): Promise<readonly BundlePiece[]> {
  const hasHoles = allocated < size;
  const pieces: BundlePiece[] = [];
  for (let at = 0; at < size; at += blockBytes) {
    const block = Buffer.allocUnsafe(Math.min(blockBytes, size - at));
    const { bytesRead } = await file.read(block, 0, block.byteLength, at);
    if (bytesRead !== block.byteLength) throw new Moved();
    if (hasHoles && block.equals(zeros.subarray(0, block.byteLength))) continue;
    pieces.push(...(await packs.add(block, at)));
  }
  return pieces;
}
