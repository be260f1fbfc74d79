import { accessSync, constants } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';

import type { LaunchPrograms } from './launch-arguments.ts';
import { hasSandboxFilter, sandboxFilter } from '../seccomp/sandbox-filter.ts';
import { writeOpenFile } from '../state-folder.ts';

/** Programs and filter that commands are started with. */
export interface Launcher {
  readonly programs: LaunchPrograms;
  readonly mkfifo: string;
  /** File with the seccomp filter. */
  readonly filter: string;
}

/** Finds what a sandbox is started with and writes its filter; a text says what is missing and what to do. */
export function findLauncher(
  path: string,
  filter: string,
  otherBubblewrap?: string,
): Launcher | string {
  const architecture = arch();
  const bubblewrap = otherBubblewrap ?? findProgram(path, 'bwrap');
  const nsenter = findProgram(path, 'nsenter');
  const prlimit = findProgram(path, 'prlimit');
  const mkfifo = findProgram(path, 'mkfifo');
  if (bubblewrap === undefined) return 'bwrap is not on PATH; install bubblewrap 0.8 or later';
  if (nsenter === undefined || prlimit === undefined || mkfifo === undefined) {
    return 'nsenter, prlimit and mkfifo are not all on PATH; install util-linux and coreutils';
  }
  if (!hasSandboxFilter(architecture)) return `no seccomp filter exists for ${architecture}`;
  writeOpenFile(filter, sandboxFilter(architecture));
  return { programs: { bubblewrap, nsenter, prlimit }, mkfifo, filter };
}

/** Finds a program on a PATH; returns its absolute path. */
export function findProgram(path: string, name: string): string | undefined {
  return path
    .split(':')
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
