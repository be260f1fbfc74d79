import { chownSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

let files = 0;

/**
 * Puts a command's input into a file that has no name any more and returns its descriptor: a command can open a file
 * again by `/dev/stdin`, and does not stand still when it does not read.
 */
export function openInput(
  input: string,
  { folder, owner }: { readonly folder: string; readonly owner: number | undefined },
): number {
  files += 1;
  const file = join(folder, `input-${files}`);
  writeFileSync(file, input, { mode: 0o600, flag: 'wx' });
  try {
    if (owner !== undefined) chownSync(file, owner, owner);
    return openSync(file, 'r');
  } finally {
    rmSync(file);
  }
}
