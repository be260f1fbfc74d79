import { randomUUID } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import type { KillPoint } from './kill-points.ts';
import { pollFor } from '../poll.ts';
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

/** Starts the worker that a point wants: one that stops itself, or a plain one. */
export async function startForPoint(
  harness: RunHarness,
  point: KillPoint | undefined,
): Promise<DoomedWorker> {
  if (point?.type === 'phase') return startDoomed(harness, point);
  return { worker: await harness.startWorker(), arm: () => undefined, isStopped: () => false };
}

/** Kills a worker and waits until it is gone and reaped. */
export async function killAndReap(worker: TestWorker): Promise<void> {
  worker.kill('SIGKILL');
  await worker.exited;
}

/** Waits for the moment of a point in a run. */
export async function awaitPoint(
  harness: RunHarness,
  runId: string,
  { point, doomed }: { readonly point: KillPoint; readonly doomed: DoomedWorker },
): Promise<void> {
  switch (point.type) {
    case 'phase':
      await pollFor(`${point.phase} is reached`, () => doomed.isStopped() || undefined);
      return;
    case 'continue-as-new': {
      const handle = harness.temporal.workflow.getHandle(runId);
      const first = await handle.describe();
      await pollFor('the run continues as new', async () => {
        const { runId: execution } = await handle.describe();
        return execution === first.runId ? undefined : execution;
      });
      return;
    }
    case 'random':
      await pollFor(`event ${point.event} of the run`, async () =>
        eventReached(harness, runId, point.event),
      );
      await wait(point.delayMs);
  }
}

async function eventReached(
  { db }: RunHarness,
  runId: string,
  seq: number,
): Promise<true | undefined> {
  const row = await db
    .selectFrom('runs')
    .select('event_seq')
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return (row?.event_seq ?? 0) >= seq ? true : undefined;
}
