import { constants } from 'node:fs';
import { lstat, mkdir, open, readlink, type FileHandle } from 'node:fs/promises';
import type { Stats } from 'node:fs';

/**
 * Path of an entry of an open folder, for calls that take paths and do not follow the last component.
 *
 * Node has no openat, but Linux resolves `/proc/self/fd/<n>/<name>` from an open folder: a rename or a link that a
 * hostile process puts in place of a parent folder cannot lead such an access anywhere else.
 */
export function pathAt(directory: FileHandle, name: string): string {
  return `/proc/self/fd/${directory.fd}/${name}`;
}

const directoryFlags =
  constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Opens a folder by its path; a symbolic link in the last place is refused. */
export function openFolder(path: string): Promise<FileHandle> {
  return open(path, directoryFlags);
}

/** Opens a folder in an open folder; never follows a symbolic link (then ENOTDIR or ELOOP). */
export function openFolderAt(directory: FileHandle, name: string): Promise<FileHandle> {
  return open(pathAt(directory, name), directoryFlags);
}

/** Opens an existing entry for reading; never follows a link and never waits for the other end of a FIFO. */
export function openForReadingAt(directory: FileHandle, name: string): Promise<FileHandle> {
  return open(
    pathAt(directory, name),
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY,
  );
}

/** Makes a new file that did not exist; only the owner may read it until its mode is set. */
export function createFileAt(directory: FileHandle, name: string): Promise<FileHandle> {
  return open(
    pathAt(directory, name),
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
}

/** Makes a folder. Fails with EEXIST when there is anything of that name. */
export async function makeFolderAt(directory: FileHandle, name: string): Promise<void> {
  await mkdir(pathAt(directory, name), 0o755);
}

/** Looks at an entry itself, not at what a link points to; undefined when there is none. */
export async function statAt(directory: FileHandle, name: string): Promise<Stats | undefined> {
  try {
    return await lstat(pathAt(directory, name));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Target of a symbolic link, as it is written. */
export function readLinkAt(directory: FileHandle, name: string): Promise<string> {
  return readlink(pathAt(directory, name));
}

/** Code of a system error such as ENOENT; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
