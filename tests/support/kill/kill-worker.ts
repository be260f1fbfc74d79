import { randomUUID } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { PauseWanted, RunHarness, TestWorker } from '../runs/run-harness.ts';

/** A worker that stops itself (SIGSTOP) when it is told to watch for a moment. */
export interface DoomedWorker {
  readonly worker: TestWorker;
  /** From now on it counts how often it reaches the phase. */
  readonly arm: () => void;
  readonly isStopped: () => boolean;
}

/** Starts a worker that stops itself the nth time it reaches a phase after it was armed. */
export async function startDoomed(
  harness: RunHarness,
  { phase, nth }: Pick<PauseWanted, 'phase' | 'nth'>,
): Promise<DoomedWorker> {
  const file = join(harness.home, `stopped-${randomUUID()}`);
  const armedBy = `${file}.armed`;
  const worker = await harness.startWorker({ phase, nth, file, armedBy });
  return {
    worker,
    arm: () => writeFileSync(armedBy, ''),
    isStopped: () => existsSync(file),
  };
}

/** Kills a worker and waits until it is gone and reaped. */
export async function killAndReap(worker: TestWorker): Promise<void> {
  worker.kill('SIGKILL');
  await worker.exited;
}
