import { unlink } from 'node:fs/promises';

import type { Hash } from '../../../domain/json.ts';
import { hashBytes } from '../../../storage/hashing.ts';
import { ToolError } from '../../tools/tool.ts';
import { pathAt } from './open-at.ts';
import type { Place } from './paths.ts';
import { readWhole } from './read-file.ts';
import { maxWritableBytes } from './replace-file.ts';

/**
 * Removes a plain file that still has this content. Folders stay.
 * @throws {ToolError} conflict when it is something else; it stays then.
 */
export async function removeFile(place: Place, content: Hash): Promise<void> {
  const present = await readWhole(place, maxWritableBytes);
  if (hashBytes(present) !== content) {
    throw new ToolError('conflict', `${place.path} changed meanwhile; nothing was removed`);
  }
  await unlink(pathAt(place.folder, place.name));
  await place.folder.sync();
}
