import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Hash } from '../../../domain/json.ts';
import { errorCode } from '../files/open-at.ts';

/** Folder beside the workspace with what its first and its newest part were made from. */
const folderName = 'bundle';

/** The listing behind which a part was made; undefined when this folder did not make it. */
export async function keptListing(
  folder: string,
  part: Hash | undefined,
): Promise<Buffer | undefined> {
  if (part === undefined) return undefined;
  try {
    return await readFile(join(folder, folderName, part));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Keeps the listing of a part. */
export async function keepListing(folder: string, part: Hash, listing: Buffer): Promise<void> {
  await mkdir(join(folder, folderName), { recursive: true, mode: 0o700 });
  await writeFile(join(folder, folderName, part), listing, { mode: 0o600 });
}

/** Forgets the listings of other parts than these. */
export async function forgetListings(folder: string, parts: readonly Hash[]): Promise<void> {
  for (const name of await readdir(join(folder, folderName))) {
    if (!parts.includes(name)) await rm(join(folder, folderName, name), { force: true });
  }
}
