import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { errorCode } from '../files/open-at.ts';

/** File in the folder of a workspace that tells it from older copies; out of reach for what runs in the workspace. */
const name = 'place';

/** What the folder says of itself; undefined when nothing of it was ever kept. */
export async function readToken(folder: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, name), 'latin1');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Gives a folder a word of its own. */
export async function writeToken(folder: string): Promise<string> {
  const token = randomBytes(16).toString('base64url');
  await writeFile(join(folder, name), token, { mode: 0o600 });
  return token;
}
