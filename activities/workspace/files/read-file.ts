import type { FileHandle } from 'node:fs/promises';

import { ToolError } from '../../tools/tool.ts';
import { openForReadingAt } from './open-at.ts';
import type { Place } from './paths.ts';

/** A plain file that is open for reading, and what it was when it was opened. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly bytes: number;
  /** Permission bits, without set-user-id and the like. */
  readonly mode: number;
}

/**
 * Opens the plain file at a place and hands it to `use`.
 * @throws {ToolError} not_found when there is none; validation_error for a folder; access_denied for FIFO, device and socket.
 */
export async function withFile<T>(place: Place, use: (file: OpenFile) => Promise<T>): Promise<T> {
  if (place.kind === 'missing') throw new ToolError('not_found', `${place.path} does not exist`);
  if (place.kind === 'folder') throw new ToolError('validation_error', `${place.path} is a folder`);
  if (place.kind === 'special') throw notPlain(place);
  const handle = await openForReadingAt(place.folder, place.name);
  try {
    // SAFETY: the entry may have been replaced since it was looked at; only the open handle tells what it is.
    const stats = await handle.stat();
    if (!stats.isFile()) throw notPlain(place);
    return await use({ handle, bytes: stats.size, mode: stats.mode & 0o777 });
  } finally {
    await handle.close();
  }
}

/**
 * Reads a whole plain file.
 * @throws {ToolError} payload_too_large when it is larger than `maxBytes`, also when it grows meanwhile.
 */
export function readWhole(place: Place, maxBytes: number): Promise<Buffer> {
  return withFile(place, (file) => readAll(file, place.path, maxBytes));
}

/** Reads an open file from its start to its end, at most `maxBytes`. */
export async function readAll(file: OpenFile, path: string, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of readParts(file.handle)) {
    length += part.length;
    if (length > maxBytes) {
      throw new ToolError('payload_too_large', `${path} is larger than ${maxBytes} bytes`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

const partBytes = 64 * 1024;

/** Reads an open file piece by piece from its start. */
export async function* readParts(handle: FileHandle): AsyncGenerator<Buffer, void, undefined> {
  for (let position = 0; ;) {
    const { bytesRead, buffer } = await handle.read({
      buffer: Buffer.allocUnsafe(partBytes),
      position,
    });
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function notPlain(place: Place): ToolError {
  return new ToolError(
    'access_denied',
    `${place.path} is not a plain file (a FIFO, socket or device)`,
  );
}
