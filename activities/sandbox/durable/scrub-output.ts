import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Finds what must not stay on the disk: parts of the bytes, from `start` up to `end`. */
export type FindSecrets = (
  bytes: Uint8Array,
) => readonly { readonly start: number; readonly end: number }[];

/** Overwrites the secrets in the kept output of a launch that has ended; its length stays, because it is counted by. */
export function scrubOutput(folder: string, find: FindSecrets): void {
  const file = join(folder, 'output');
  try {
    const ranges = find(readFileSync(file));
    if (ranges.length === 0) return;
    const descriptor = openSync(file, 'r+');
    try {
      for (const { start, end } of ranges) {
        writeSync(descriptor, Buffer.alloc(end - start, '*'), 0, end - start, start);
      }
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // A wiped folder: there is nothing left to scrub.
  }
}
