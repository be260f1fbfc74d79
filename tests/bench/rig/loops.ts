import { randomUUID } from 'node:crypto';

import type { bareWorkflow } from '../bare/bare-workflow.ts';
import { stepsMark, waitsMark } from '../model/gate.ts';
import { bareQueue, type Rig } from './rig.ts';

/** The loop that is measured, or what it is measured by. */
export type LoopName = 'ours' | 'bare';

/** Starts some runs of a loop and gives their workflow ids. */
export async function startRuns(
  rig: Rig,
  loop: LoopName,
  { runs, steps }: { readonly runs: number; readonly steps: number },
): Promise<readonly string[]> {
  return inLanes(runs, async () =>
    loop === 'ours' ? startOurs(rig, stepsMark, steps) : startBare(rig, steps),
  );
}

/** Starts runs of ours that ask a person at once. */
export async function startWaiting(rig: Rig, runs: number): Promise<readonly string[]> {
  return inLanes(runs, async () => startOurs(rig, waitsMark, 10));
}

async function startOurs({ client }: Rig, mark: string, steps: number): Promise<string> {
  const { runId } = await client.startRun({
    // The policy of somebody who chose none; limits far enough away that they only cost their checks.
    request: {
      prompt: mark,
      limits: { maxTurns: steps + 10, timeoutSeconds: 86_400, maxCostMicroUsd: 1_000_000_000 },
    },
  });
  return runId;
}

async function startBare({ temporal }: Rig, steps: number): Promise<string> {
  const key = randomUUID();
  const { workflowId } = await temporal.workflow.start<typeof bareWorkflow>('bareWorkflow', {
    workflowId: `bare/${key}`,
    taskQueue: bareQueue,
    args: [{ key, steps }],
  });
  return workflowId;
}

/** Ends runs where they stand. */
export async function terminateRuns({ temporal }: Rig, ids: readonly string[]): Promise<void> {
  const left = ids.values();
  await inLanes(ids.length, async () => {
    const { value } = left.next();
    if (value !== undefined) await temporal.workflow.getHandle(value).terminate('measured');
  });
}

/** Starts at once; more only queue up. */
const lanes = 20;

async function inLanes<T>(count: number, work: () => Promise<T>): Promise<readonly T[]> {
  let left = count;
  const results: T[] = [];
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      results.push(await work());
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
  return results;
}
