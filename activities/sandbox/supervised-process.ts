import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Writable } from 'node:stream';

import { bubblewrapDescriptors } from './bubblewrap-arguments.ts';
import { launcherShell } from './launch-arguments.ts';
import { descendantsOf, isRunning, sendSignal } from './process-tree.ts';
import type { OutputStream } from './sandbox-command.ts';

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

/** What is started, and what it is fed with. */
export interface ProcessStart {
  readonly launchArguments: readonly string[];
  readonly bubblewrapOptions: readonly string[];
  readonly input?: string;
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
  const status = readStatus(child);
  feed(child, bubblewrapDescriptors.options, nulSeparated(start.bubblewrapOptions));
  if (start.input !== undefined) feed(child, 0, start.input);
  child.stdout?.on('data', (chunk: Buffer) => start.onOutput(chunk, 'stdout'));
  child.stderr?.on('data', (chunk: Buffer) => start.onOutput(chunk, 'stderr'));
  const killTimers = new Set<NodeJS.Timeout>();

  return {
    ended: waitForEnd(child, status, startedAt).finally(() => killTimers.forEach(clearTimeout)),
    stop: (graceMs) => {
      const init = status.initPid();
      if (init !== undefined) {
        for (const pid of descendantsOf(init)) sendSignal(pid, 'SIGTERM');
      }
      const timer = setTimeout(
        () => killTree(child, status.initPid()),
        init === undefined ? 0 : graceMs,
      );
      killTimers.add(timer);
    },
  };
}

function stdioOf({ input, leaks }: ProcessStart): StdioOptions {
  const stdio: ('pipe' | 'ignore' | number)[] = [
    input === undefined ? 'ignore' : 'pipe',
    ...(['pipe', 'pipe', 'pipe', 'pipe'] as const),
  ];
  for (const descriptor of leaks.descriptors) {
    while (stdio.length < descriptor) stdio.push('ignore');
    stdio[descriptor] = leaks.blank;
  }
  return stdio;
}

function nulSeparated(options: readonly string[]): string {
  return options.map((option) => `${option}\0`).join('');
}

function feed(child: ChildProcess, descriptor: number, content: string): void {
  const pipe = child.stdio[descriptor];
  if (!(pipe instanceof Writable)) return;
  // A command need not read what it is given; a broken pipe is its choice.
  pipe.on('error', () => undefined);
  pipe.end(content);
}

/** Bubblewrap reports, one JSON document a line, the pid of the sandbox's init and later the command's exit code. */
function readStatus(child: ChildProcess): {
  readonly initPid: () => number | undefined;
  readonly hasStarted: () => boolean;
} {
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
  status: ReturnType<typeof readStatus>,
  startedAt: number,
): Promise<ProcessEnd> {
  let durationMs = 0;
  child.once('exit', () => {
    durationMs = performance.now() - startedAt;
  });
  await once(child, 'close');
  const { exitCode, signalCode } = child;
  const init = status.initPid();
  if (init !== undefined) await untilGone(init);
  return {
    exitCode: exitCode ?? signalBase + signalNumber(signalCode ?? 'SIGKILL'),
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

function signalNumber(signal: NodeJS.Signals): number {
  return constants.signals[signal];
}
