import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What the kernel says of itself in files. */
export interface MachineFiles {
  /** Text of a file by its absolute path; undefined when it is not there or not for us. */
  readonly text: (path: string) => Promise<string | undefined>;
  /** Names in a folder; none when it is not there. */
  readonly names: (path: string) => Promise<readonly string[]>;
}

/** The files below a root: `/` is this machine. */
export function machineFiles(root: string): MachineFiles {
  return {
    text: async (path) => readFile(join(root, path), 'utf8').catch(() => undefined),
    names: async (path) => readdir(join(root, path)).catch(() => []),
  };
}

/** A file that holds one number; undefined for words such as `max`. */
export async function numberIn(files: MachineFiles, path: string): Promise<number | undefined> {
  const text = (await files.text(path))?.trim() ?? '';
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}
