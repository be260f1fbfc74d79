import { execa } from 'execa';

import { HoldfastError } from '../../../domain/failures.ts';

/**
 * The core utilities do what Node cannot do safely or at all: `rm`, `chown` and `find` walk a tree that somebody else
 * may change by open folders and never through links, and `cp` clones blocks where the file system can.
 */
export interface CorePrograms {
  /** PATH on which they are found. */
  readonly searchPath: string;
}

/** Where a program runs, and as whom where the worker is root. */
export interface ProgramPlace {
  readonly cwd: string;
  readonly as?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Runs a program and gives its standard output.
 * @throws {HoldfastError} execution_error when it ends with another code than 0.
 */
export async function runProgram(
  { searchPath }: CorePrograms,
  [program, ...args]: readonly [string, ...string[]],
  { cwd, as }: ProgramPlace,
): Promise<Buffer> {
  const result = await execa(program, args, {
    cwd,
    env: { PATH: searchPath, LC_ALL: 'C.UTF-8' },
    extendEnv: false,
    encoding: 'buffer',
    maxBuffer: 512 * 1024 * 1024,
    reject: false,
    stdin: 'ignore',
    stripFinalNewline: false,
    ...as,
  });
  if (result.exitCode === 0) return Buffer.from(result.stdout);
  const said = Buffer.from(result.stderr).toString('utf8').trim().slice(0, 1_000);
  const why = said === '' ? (result.shortMessage ?? 'no reason given') : said;
  throw new HoldfastError('execution_error', `${program} failed: ${why}`);
}

/** Deletes a folder with everything in it; links in it are deleted, not followed. Does nothing when it is gone. */
export async function removeTree(programs: CorePrograms, folder: string): Promise<void> {
  await runProgram(programs, ['rm', '-rf', '--one-file-system', '--', folder], { cwd: '/' });
}

/** Gives a folder with everything in it to a user and group; links themselves, not their targets. */
export async function giveTree(
  programs: CorePrograms,
  folder: string,
  { uid, gid }: { readonly uid: number; readonly gid: number },
): Promise<void> {
  await runProgram(programs, ['chown', '-hRP', `${uid}:${gid}`, '--', folder], { cwd: '/' });
}
