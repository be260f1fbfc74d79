import { setTimeout as wait } from 'node:timers/promises';

import { isEnded, type RunStatus } from '../../../domain/run/status.ts';
import type { ProcessRef } from '../../../domain/settings/instance-record-schema.ts';
import type { HoldfastClient } from '../../holdfast-client.ts';
import type { CommandContext } from '../command-context.ts';
import { isProcessAlive } from '../instance/home-door.ts';

/** The supervisor starts a new worker within a second or two; on a busy machine it takes longer. */
const restartLimitMs = 60_000;

/**
 * Wait before the kill, so that it hits the model call and not the moment between two steps: a worker that dies while it
 * decides what comes next is waited for by the server for ten seconds.
 */
const intoModelCallMs = 350;

/** What became of the worker. */
export type WorkerKill =
  | {
      readonly type: 'killed';
      readonly pid: number;
      readonly newPid: number;
      /** From the kill until the new worker polls. */
      readonly downMs: number;
    }
  | { readonly type: 'spared'; readonly why: string };

/** Kills the worker of the instance with SIGKILL and waits for the next one; spares it where others would suffer. */
export async function killWorker(
  context: CommandContext,
  client: HoldfastClient,
  { runId, onKilled }: { readonly runId: string; readonly onKilled: (pid: number) => void },
): Promise<WorkerKill> {
  await wait(intoModelCallMs);
  const others = await client.listRuns({ resumable: true, limit: 50 });
  const working = others.filter((run) => run.runId !== runId && isWorking(run.status));
  if (working.length > 0) {
    // A command of theirs that is cut off would be settled by a person.
    const keys = working.map(({ key }) => key).join(', ');
    return { type: 'spared', why: `other runs are at work on this instance (${keys})` };
  }
  const worker = await workerProcess(context);
  if (worker === undefined || !isProcessAlive(worker, context.sendSignal))
    return { type: 'spared', why: 'the instance has no worker of its own' };
  const { pid } = worker;
  const began = performance.now();
  try {
    context.sendSignal(pid, 'SIGKILL');
  } catch {
    return { type: 'spared', why: `the worker (process ${pid}) belongs to another user` };
  }
  onKilled(pid);
  while (performance.now() - began < restartLimitMs) {
    await wait(50);
    const next = await workerProcess(context);
    if (next !== undefined && next.pid !== pid) {
      return {
        type: 'killed',
        pid,
        newPid: next.pid,
        downMs: Math.round(performance.now() - began),
      };
    }
  }
  return { type: 'spared', why: `no new worker came within ${restartLimitMs / 1_000} s` };
}

function isWorking(status: RunStatus): boolean {
  return !isEnded(status) && status !== 'paused' && status !== 'awaiting_approval';
}

/** The worker's process as the instance record names it now. */
async function workerProcess(context: CommandContext): Promise<ProcessRef | undefined> {
  const { parts } = await context.instance();
  return parts.worker?.process;
}
