import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { errorCode } from './process-identity.ts';

/**
 * Makes a folder and those above it that are missing, with one mode; one that is there stays as it is. Throws as `mkdirSync`.
 * Node's own `recursive` tries for ever where the folder above is there and yet says ENOENT, as `/proc` does.
 */
export function makeFolder(path: string, mode: number): void {
  if (isFolder(path)) return;
  if (path !== dirname(path)) makeFolder(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST' || !isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
