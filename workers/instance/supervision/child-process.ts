import { spawn } from 'node:child_process';
import { closeSync, existsSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

import type { ProcessRef } from '../../../domain/settings/instance-record-schema.ts';
import { identifyProcess } from '../../../storage/home/process-identity.ts';

/** A process of the instance to start. */
export interface ChildCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly uid?: number;
  readonly gid?: number;
  /** What the kernel sends it when the supervisor dies. */
  readonly deathSignal: 'KILL' | 'INT' | 'TERM';
  /** File descriptor for what it prints; closed here when it is not needed any more. */
  readonly logFile: number;
  /** Sees the lines of standard output and gives what of each goes to the log: undefined for nothing. */
  readonly onLine?: (line: string) => string | undefined;
}

/** How a process ended. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A started process. */
export interface RunningChild {
  readonly process: ProcessRef;
  readonly startedAt: string;
  /** Set as soon as the process is dead and reaped. */
  readonly exit: () => ChildExit | undefined;
  readonly exited: Promise<ChildExit>;
  readonly signal: (signal: NodeJS.Signals) => void;
}

/** Sets the parent-death signal and becomes the program, so that the process number stays. Part of util-linux. */
const setpriv = '/usr/bin/setpriv';

/**
 * Starts a process in a group of its own, so that Ctrl-C reaches only the supervisor, which ends its parts in order.
 * On Linux it dies with the supervisor, also when that is killed; elsewhere the next `up` or `down` ends it by its record.
 */
export function startChild(command: ChildCommand): RunningChild {
  const { file, args, onLine, logFile } = command;
  const whole = existsSync(setpriv)
    ? [setpriv, '--pdeathsig', command.deathSignal, file, ...args]
    : [file, ...args];
  const [program = file, ...rest] = whole;
  const child = spawn(program, rest, {
    cwd: '/',
    env: { ...command.environment },
    detached: true,
    stdio: ['ignore', onLine === undefined ? logFile : 'pipe', logFile],
    ...(command.uid === undefined ? {} : { uid: command.uid }),
    ...(command.gid === undefined ? {} : { gid: command.gid }),
  });
  if (child.stdout === null || onLine === undefined) closeSync(logFile);
  else {
    createInterface(child.stdout).on('line', (line) => {
      const kept = onLine(line);
      if (kept !== undefined) writeSync(logFile, `${kept}\n`);
    });
    child.once('close', () => closeSync(logFile));
  }
  let exit: ChildExit | undefined;
  const exited = new Promise<ChildExit>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      exit ??= { code, signal };
      resolve(exit);
    };
    child.once('exit', end);
    child.once('error', () => end(127, null));
  });
  return {
    process: identifyProcess(child.pid ?? 0),
    startedAt: new Date().toISOString(),
    exit: () => exit,
    exited,
    signal: (signal) => void child.kill(signal),
  };
}

/** Asks a process to end and kills it when it does not within the limit; resolves when it is reaped. */
export async function endChild(
  child: RunningChild,
  signal: NodeJS.Signals,
  limitMs: number,
): Promise<ChildExit> {
  child.signal(signal);
  const timer = setTimeout(() => child.signal('SIGKILL'), limitMs);
  const exit = await child.exited;
  clearTimeout(timer);
  return exit;
}

/** Describes an end for people: `exit code 1`, `signal SIGKILL`. */
export function describeExit({ code, signal }: ChildExit): string {
  return signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;
}
