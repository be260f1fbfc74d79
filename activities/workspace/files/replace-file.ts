import { randomBytes } from 'node:crypto';
import { readdir, rename, unlink, type FileHandle } from 'node:fs/promises';

import { hashBytes, hashText } from '../../../storage/hashing.ts';
import type { Hash } from '../../../domain/json.ts';
import { ToolError } from '../../tools/tool.ts';
import {
  createFileAt,
  errorCode,
  makeFolderAt,
  openFolderAt,
  openForReadingAt,
  pathAt,
} from './open-at.ts';
import type { Place } from './paths.ts';
import { readAll } from './read-file.ts';

/** Largest file that can be written or edited. Bytes. */
export const maxWritableBytes = 8 * 1024 * 1024;

/** What a file must be before it is replaced, and who owns it then. */
export interface Replacement {
  readonly content: Uint8Array;
  /** Hash of the content that is replaced; null when the file must not exist. */
  readonly before: Hash | null;
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Names the temporary file, so that a second try of the same call clears what the first one left. */
  readonly callId: string;
  /** Called between the temporary file and the rename; does nothing in production. */
  readonly pauseAt?: (phase: 'temporary-written') => Promise<void>;
}

/**
 * Replaces a file's content in one step: temporary file beside it, precondition, rename. Missing folders are made. Who
 * reads meanwhile sees the old or the new content, never half of it; a hard link elsewhere keeps the old content.
 *
 * @throws {ToolError} conflict when the file is not as `before` says; nothing was changed then.
 */
export async function replaceFile(place: Place, replacement: Replacement): Promise<void> {
  if (place.kind === 'folder' || place.kind === 'special') {
    throw new ToolError('access_denied', `${place.path} is not a plain file`);
  }
  if (replacement.content.byteLength > maxWritableBytes) {
    throw new ToolError(
      'payload_too_large',
      `files of more than ${maxWritableBytes} bytes cannot be written by this tool`,
    );
  }
  const opened: FileHandle[] = [];
  try {
    if (place.missingFolders.length > 0 && replacement.before !== null) throw changed(place);
    const folder = await makeFolders(place, replacement, opened);
    await writeBeside(folder, place, replacement);
  } finally {
    await Promise.all(opened.map((handle) => handle.close()));
  }
}

async function makeFolders(
  place: Place,
  { owner }: Replacement,
  opened: FileHandle[],
): Promise<FileHandle> {
  let folder = place.folder;
  for (const name of place.missingFolders) {
    try {
      await makeFolderAt(folder, name);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    // SAFETY: whatever stands there now is opened without following a link, and only that is given away.
    folder = await openFolderAt(folder, name);
    opened.push(folder);
    await giveTo(folder, owner);
  }
  return folder;
}

async function writeBeside(
  folder: FileHandle,
  place: Place,
  replacement: Replacement,
): Promise<void> {
  const prefix = `.holdfast-${hashText(replacement.callId).slice(0, 16)}-`;
  await clearLeftovers(folder, prefix);
  const current = await currentFile(folder, place);
  checkPrecondition(place, current, replacement);
  const temporary = `${prefix}${randomBytes(6).toString('hex')}`;
  await writeTemporary(await createFileAt(folder, temporary), replacement, current?.mode ?? 0o644);
  try {
    await replacement.pauseAt?.('temporary-written');
    // A frozen worker may wake up here long after somebody else went on: the file is compared at the last moment,
    // and its temporary file is gone when the call was taken over.
    checkPrecondition(place, await currentFile(folder, place), replacement);
    await rename(pathAt(folder, temporary), pathAt(folder, place.name));
  } catch (error) {
    await unlinkQuietly(folder, temporary);
    throw error;
  }
  await settle(folder, place);
}

/** Makes the new name survive a power cut. The file is changed by now, so no failure may read as "nothing happened". */
async function settle(folder: FileHandle, place: Place): Promise<void> {
  try {
    await folder.sync();
  } catch (error) {
    throw new Error(`${place.path} was replaced, but its folder could not be synchronised`, {
      cause: error,
    });
  }
}

async function writeTemporary(
  handle: FileHandle,
  { content, owner }: Replacement,
  mode: number,
): Promise<void> {
  try {
    await handle.writeFile(content);
    await giveTo(handle, owner);
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

interface CurrentFile {
  readonly hash: Hash;
  readonly mode: number;
}

async function currentFile(folder: FileHandle, place: Place): Promise<CurrentFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await openForReadingAt(folder, place.name);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new ToolError('access_denied', `${place.path} is not a plain file`);
    const mode = stats.mode & 0o777;
    const file = { handle, bytes: stats.size, mode };
    return { hash: hashBytes(await readAll(file, place.path, maxWritableBytes)), mode };
  } finally {
    await handle.close();
  }
}

function checkPrecondition(
  place: Place,
  current: CurrentFile | undefined,
  { before }: Replacement,
): void {
  if ((current?.hash ?? null) !== before) throw changed(place);
}

function changed(place: Place): ToolError {
  return new ToolError(
    'conflict',
    `${place.path} changed after this call was prepared; nothing was written. Read it again, then repeat the change`,
  );
}

/** Makes the workspace's user the owner; where the worker is not root it already is. */
async function giveTo(handle: FileHandle, owner: Replacement['owner']): Promise<void> {
  const { uid, gid } = await handle.stat();
  if (uid === owner.uid && gid === owner.gid) return;
  await handle.chown(owner.uid, owner.gid);
}

/** Removes temporary files that an earlier try of the same call left; a frozen earlier try loses its file by this. */
async function clearLeftovers(folder: FileHandle, prefix: string): Promise<void> {
  for (const name of await readdir(pathAt(folder, '.'))) {
    if (name.startsWith(prefix)) await unlinkQuietly(folder, name);
  }
}

async function unlinkQuietly(folder: FileHandle, name: string): Promise<void> {
  try {
    await unlink(pathAt(folder, name));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
