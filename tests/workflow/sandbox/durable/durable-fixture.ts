import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

import type { Attachment } from '../../../../activities/sandbox/durable/resume-launch.ts';
import { isRunning } from '../../../../activities/sandbox/process/process-tree.ts';
import type { SandboxLimits } from '../../../../activities/sandbox/sandbox-limits.ts';
import type { SandboxOutcome } from '../../../../activities/sandbox/sandbox-command.ts';
import type { Sandbox } from '../../../../activities/sandbox/sandbox.ts';
import { pollFor } from '../../../support/poll.ts';
import type { SandboxFixture } from '../sandbox-fixture.ts';

/** A worker process that runs one durable command. */
export interface DurableWorker {
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly exited: Promise<unknown>;
  /** What its command printed, as far as it was handed on. */
  readonly handedOn: () => { readonly text: string; readonly bytes: number };
  /** What it says of the end of its command; empty before. */
  readonly lastWord: () => string;
}

/** A durable command for a worker process. */
export interface DurableOrder {
  readonly name: string;
  readonly script: string;
  readonly leaseMs?: number;
  readonly limits?: Partial<SandboxLimits>;
}

const program = join(import.meta.dirname, 'durable-worker/main.ts');
const repository = join(import.meta.dirname, '../../../..');

/** Starts a worker that runs a command, in the fixture's workspace and state folder. */
export function startWorker(fixture: SandboxFixture, order: DurableOrder): DurableWorker {
  const { workspace, uid, folder } = fixture;
  const stateFolder = join(folder, 'state');
  const whole = { leaseMs: 30_000, limits: {}, stateFolder, workspace, uid, ...order };
  const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(whole)], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  let bytes = 0;
  let lastWord = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said: unknown = JSON.parse(line);
    if (typeof said !== 'object' || said === null) return;
    if ('text' in said) text += String(said.text);
    if ('handedOnBytes' in said) bytes = Number(said.handedOnBytes);
    if ('end' in said || 'failed' in said) lastWord = line;
  });
  return {
    signal: (signal) => void child.kill(signal),
    exited: once(child, 'exit'),
    handedOn: () => ({ text, bytes }),
    lastWord: () => lastWord,
  };
}

/** Starts a worker and kills it when its command has handed on some text. */
export async function startAndKill(
  fixture: SandboxFixture,
  order: DurableOrder,
  after = 'begin',
): Promise<DurableWorker> {
  const worker = startWorker(fixture, order);
  await until(() => worker.handedOn().text.includes(after));
  worker.signal('SIGKILL');
  await worker.exited;
  return worker;
}

/** Attaches to a command of the fixture's state folder. */
export function resume(
  { sandbox, workspace }: SandboxFixture,
  name: string,
  more: Partial<Attachment> & { readonly handedOnBytes?: number } = {},
): Promise<SandboxOutcome> {
  const { handedOnBytes = 0, ...attachment } = more;
  return sandbox.resume({ workspace, ...attachment }, launch(name, handedOnBytes));
}

/** A launch that is never left running. */
export function launch(name: string, handedOnBytes = 0): Parameters<Sandbox['runOnce']>[1] {
  return { name, handedOnBytes, leavesRunning: () => false };
}

/** The folder of a launch. */
export function launchFolder({ folder }: SandboxFixture, name: string): string {
  return join(folder, 'state', 'effects', name);
}

/** Waits until a condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  await pollFor(String(condition), () => condition() || undefined);
}

/** Waits until the end of a command is recorded. */
export async function ended(fixture: SandboxFixture, name: string): Promise<void> {
  await until(() => existsSync(join(launchFolder(fixture, name), 'exit')));
}

/** Processes on the host with a word on their command line: the supervisor of a command and all inside. */
export function processesWith(word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isRunning(pid) && commandLineOf(pid).includes(word));
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
