import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { transformFileSync } from '@swc/core';

import { pollFor } from '../../support/poll.ts';
import { startWaiting, terminateRuns } from '../rig/loops.ts';
import type { Rig } from '../rig/rig.ts';
import type { WorkerProcess } from '../rig/worker-process.ts';

const probeSource = fileURLToPath(new URL('../heap/main.ts', import.meta.url));

/**
 * Measures what one run more that waits for an approval adds to the heaps of its worker: main thread and workflow
 * thread after a full collection, with all runs cached, against the same worker with a tenth of them.
 */
export async function measureHeap(rig: Rig, runs: number): Promise<number> {
  const folder = join(rig.instance.home, 'heap');
  const worker = await rig.startWorker(
    ['--expose-gc', '--import', builtProbe(rig.instance.home)],
    { maxCachedWorkflows: runs + 100 },
    { HOLDFAST_BENCH_HEAP: folder },
  );
  const few = Math.max(10, Math.round(runs / 10));
  const first = await startWaiting(rig, few);
  await untilWaiting(rig, few);
  const before = await heapOf(worker, folder, 1);
  const rest = await startWaiting(rig, runs - few);
  await untilWaiting(rig, runs);
  const after = await heapOf(worker, folder, 2);
  worker.kill('SIGKILL');
  await worker.exited;
  await terminateRuns(rig, [...first, ...rest]);
  return (after - before) / (runs - few);
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

async function heapOf(worker: WorkerProcess, folder: string, nth: number): Promise<number> {
  const file = join(folder, `${nth}.json`);
  worker.kill('SIGUSR2');
  await pollFor(`the heaps in ${file}`, () => existsSync(file) || undefined, 60_000);
  // Written by our own probe.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const answers = JSON.parse(readFileSync(file, 'utf8')) as readonly {
    readonly heapBytes: number;
  }[];
  return answers.reduce((sum, { heapBytes }) => sum + heapBytes, 0);
}
