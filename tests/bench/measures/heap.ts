import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { transformFileSync } from '@swc/core';

import { pollFor } from '../../support/poll.ts';
import { startWaiting, terminateRuns } from '../rig/loops.ts';
import type { Rig } from '../rig/rig.ts';
import type { WorkerProcess } from '../rig/worker-process.ts';

const probeSource = fileURLToPath(new URL('../heap/main.ts', import.meta.url));

/** Starts a worker whose heaps can be measured. */
export async function startMeasuredWorker(
  rig: Rig,
  {
    cached,
    nodeOptions = [],
  }: { readonly cached: number; readonly nodeOptions?: readonly string[] },
): Promise<WorkerProcess> {
  return rig.startWorker(
    [...nodeOptions, '--expose-gc', '--import', builtProbe(rig.instance.home)],
    { maxCachedWorkflows: cached },
    { HOLDFAST_BENCH_HEAP: folderOf(rig) },
  );
}

/**
 * Measures what one run more that waits for an approval adds to the heaps of its worker: main thread and workflow
 * thread after a full collection, with all runs cached, against the same worker with a tenth of them.
 */
export async function measureHeap(rig: Rig, runs: number): Promise<number> {
  const worker = await startMeasuredWorker(rig, { cached: runs + 100 });
  const few = Math.max(10, Math.round(runs / 10));
  const first = await startWaiting(rig, few);
  await untilWaiting(rig, few);
  const before = await heapOf(rig, worker);
  const rest = await startWaiting(rig, runs - few);
  await untilWaiting(rig, runs);
  const after = await heapOf(rig, worker);
  worker.kill('SIGKILL');
  await worker.exited;
  await terminateRuns(rig, [...first, ...rest]);
  return (after - before) / (runs - few);
}

/** The same for runs that come to wait while something else is measured on their worker. */
export async function measureHeapAround<T>(
  rig: Rig,
  { worker, runs }: { readonly worker: WorkerProcess; readonly runs: number },
  work: () => Promise<T>,
): Promise<{ readonly heapBytes: number; readonly result: T }> {
  const before = await heapOf(rig, worker);
  const result = await work();
  await untilWaiting(rig, runs);
  const after = await heapOf(rig, worker);
  const waiting = await rig.client.inbox();
  await terminateRuns(
    rig,
    waiting.map(({ runId }) => runId),
  );
  return { heapBytes: (after - before) / runs, result };
}

/** The probe as plain JavaScript: no loader shall stand in the threads that are measured. */
function builtProbe(home: string): string {
  const { code } = transformFileSync(probeSource, {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
  });
  const file = join(home, 'heap-probe.mjs');
  writeFileSync(file, code);
  return file;
}

async function untilWaiting({ client }: Rig, runs: number): Promise<void> {
  await pollFor(
    `${runs} runs wait for an approval`,
    async () => {
      const waiting = await client.inbox();
      return waiting.length >= runs ? true : undefined;
    },
    600_000,
  );
  // The last workflow tasks answer, connections go idle.
  await wait(1_500);
}

/** Heap of all threads of a worker, in bytes. The probe numbers its answers. */
async function heapOf(rig: Rig, worker: WorkerProcess): Promise<number> {
  const folder = folderOf(rig);
  const known = existsSync(folder) ? readdirSync(folder).filter(isOf(worker)).length : 0;
  const file = join(folder, `${worker.pid}-${known + 1}.json`);
  worker.kill('SIGUSR2');
  await pollFor(`the heaps in ${file}`, () => existsSync(file) || undefined, 60_000);
  // Written by our own probe.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const answers = JSON.parse(readFileSync(file, 'utf8')) as readonly {
    readonly heapBytes: number;
  }[];
  return answers.reduce((sum, { heapBytes }) => sum + heapBytes, 0);
}

function isOf({ pid }: WorkerProcess): (name: string) => boolean {
  return (name) => name.startsWith(`${pid}-`) && name.endsWith('.json');
}

function folderOf({ instance }: Rig): string {
  return join(instance.home, 'heap');
}
