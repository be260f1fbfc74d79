import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { bubblewrapDescriptors } from '../launch/bubblewrap-arguments.ts';
import { launcherShell } from '../launch/launch-arguments.ts';
import type { OutputPipe } from './output-pipes.ts';
import { descendantsOf, isRunning, sendSignal } from './process-tree.ts';
import type { OutputStream } from '../sandbox-command.ts';

/** How a process tree ended. */
export interface ProcessEnd {
  /** Exit code of the outermost process; 128 + n after signal n. */
  readonly exitCode: number;
  readonly durationMs: number;
  /** True when the command itself was started, so that the exit code is its own. */
  readonly hasStarted: boolean;
}

/** What a started sandbox can be asked. */
export interface SupervisedProcess {
  /** Resolves when the whole tree is gone and all output was read. Rejects when nothing could be started. */
  readonly ended: Promise<ProcessEnd>;
  /** TERM for every process inside, KILL for the whole tree after the grace. Later calls only shorten the grace. */
  readonly stop: (graceMs: number) => void;
}

/** What a command reads from and prints to. */
export interface CommandStreams {
  readonly pipes: { readonly [stream in OutputStream]: OutputPipe };
  /** Descriptor to read from; without it the command reads an empty input. */
  readonly input?: number;
}

/** What is started, and what it is fed with. Descriptors are closed here, pipes are given back. */
export interface ProcessStart extends CommandStreams {
  readonly launchArguments: readonly string[];
  readonly bubblewrapOptions: readonly string[];
  /** Descriptors of this process that would leak into every child, and an open /dev/null to put in their place. */
  readonly leaks: { readonly descriptors: readonly number[]; readonly blank: number };
  readonly onOutput: (chunk: Uint8Array, stream: OutputStream) => void;
}

const signalBase = 128;

/** Starts the launcher and watches it to its end. */
export function startSupervised(start: ProcessStart): SupervisedProcess {
  const startedAt = performance.now();
  const child = spawn(launcherShell, [...start.launchArguments], {
    stdio: stdioOf(start),
    // SAFETY: launcher and bubblewrap run outside the sandbox: none of the command's variables may reach them.
    env: {},
    cwd: '/',
  });
  const readToEnd = readPipes(start);
  const status = readStatus(child);
  feedOptions(child, start.bubblewrapOptions);
  const killTimers = new Set<NodeJS.Timeout>();

  return {
    ended: waitForEnd(child, { status, startedAt, readToEnd }).finally(() =>
      killTimers.forEach(clearTimeout),
    ),
    stop: (graceMs) => {
      const init = status.initPid();
      if (init !== undefined) {
        for (const pid of descendantsOf(init)) sendSignal(pid, 'SIGTERM');
      }
      const waitMs = init === undefined ? 0 : graceMs;
      killTimers.add(setTimeout(() => killTree(child, status.initPid()), waitMs));
    },
  };
}

function stdioOf({ input, pipes, leaks }: ProcessStart): StdioOptions {
  const stdio: ('pipe' | 'ignore' | number)[] = [
    input ?? 'ignore',
    pipes.stdout.writeEnd,
    pipes.stderr.writeEnd,
    'pipe',
    'pipe',
  ];
  for (const descriptor of leaks.descriptors) {
    while (stdio.length < descriptor) stdio.push('ignore');
    stdio[descriptor] = leaks.blank;
  }
  return stdio;
}

/** Hands on what is printed; resolves when nobody can print any more. */
async function readPipes({ input, pipes, onOutput }: ProcessStart): Promise<void> {
  if (input !== undefined) closeSync(input);
  const ends = (['stdout', 'stderr'] as const).map(async (stream) => {
    const { readEnd, writeEnd, giveBack } = pipes[stream];
    closeSync(writeEnd);
    readEnd.on('data', (chunk: Buffer) => onOutput(chunk, stream));
    await once(readEnd, 'close');
    giveBack();
  });
  await Promise.all(ends);
}

function feedOptions(child: ChildProcess, options: readonly string[]): void {
  const pipe = child.stdio[bubblewrapDescriptors.options];
  if (!(pipe instanceof Writable)) return;
  // A launcher that fails early does not read its options; how it ended tells why.
  pipe.on('error', () => undefined);
  pipe.end(options.map((option) => `${option}\0`).join(''));
}

interface LaunchStatus {
  readonly initPid: () => number | undefined;
  readonly hasStarted: () => boolean;
}

/** Bubblewrap reports, one JSON document a line, the pid of the sandbox's init and later the command's exit code. */
function readStatus(child: ChildProcess): LaunchStatus {
  let text = '';
  child.stdio[bubblewrapDescriptors.status]?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const numberAfter = (key: string): number | undefined => {
    const found = new RegExp(`"${key}": (\\d+)`).exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  return {
    initPid: () => numberAfter('child-pid'),
    hasStarted: () => numberAfter('exit-code') !== undefined,
  };
}

async function waitForEnd(
  child: ChildProcess,
  {
    status,
    startedAt,
    readToEnd,
  }: {
    readonly status: LaunchStatus;
    readonly startedAt: number;
    readonly readToEnd: Promise<void>;
  },
): Promise<ProcessEnd> {
  let durationMs = 0;
  child.once('exit', () => {
    durationMs = performance.now() - startedAt;
  });
  await Promise.all([once(child, 'close'), readToEnd]);
  const { exitCode, signalCode } = child;
  const init = status.initPid();
  if (init !== undefined) await untilGone(init);
  return {
    exitCode: exitCode ?? signalBase + constants.signals[signalCode ?? 'SIGKILL'],
    durationMs,
    hasStarted: status.hasStarted(),
  };
}

/** When init is gone the kernel has already ended every process of its namespace. */
async function untilGone(init: number): Promise<void> {
  if (isRunning(init)) sendSignal(init, 'SIGKILL');
  while (isRunning(init)) await delay(1);
}

function killTree(child: ChildProcess, init: number | undefined): void {
  if (init !== undefined) sendSignal(init, 'SIGKILL');
  child.kill('SIGKILL');
}
