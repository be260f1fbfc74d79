import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { errorCode } from '../files/open-at.ts';
import type { Shadow } from '../git/shadow-repository.ts';

/** Folder beside the repository of states; it belongs to the worker, so that no other user leads its writes astray. */
const folderName = 'waiting-steps';

/** Ends each file: one without it was cut off by a dying process, and its state is as if it had never been taken. */
const endMark = '# end\n';

/** A state that is not in the repository yet. */
export interface WaitingStep {
  readonly file: string;
  readonly step: Buffer;
}

function folderOf({ folder }: Pick<Shadow, 'folder'>): string {
  return join(dirname(folder), folderName);
}

/** Sets a state aside. States of the same workspace are taken over in the order of their numbers. */
export async function addWaiting(
  shadow: Pick<Shadow, 'folder'>,
  { number, step }: { readonly number: number; readonly step: Buffer },
): Promise<void> {
  const folder = folderOf(shadow);
  const file = join(folder, String(number).padStart(10, '0'));
  const content = Buffer.concat([step, Buffer.from(endMark)]);
  try {
    await writeFile(file, content, { mode: 0o600 });
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(file, content, { mode: 0o600 });
  }
}

/** The states that wait, oldest first. */
export async function listWaiting(shadow: Pick<Shadow, 'folder'>): Promise<readonly WaitingStep[]> {
  const folder = folderOf(shadow);
  const names = await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
  const waiting: WaitingStep[] = [];
  for (const name of names.toSorted((left, right) => left.localeCompare(right))) {
    const file = join(folder, name);
    const step = await readFile(file);
    if (step.subarray(-endMark.length).toString('latin1') === endMark) waiting.push({ file, step });
  }
  return waiting;
}

/** Forgets states, oldest first: while one is left, the newest is, which tells that all are in the repository. */
export async function removeWaiting(waiting: readonly WaitingStep[]): Promise<void> {
  for (const { file } of waiting) await rm(file, { force: true });
}
