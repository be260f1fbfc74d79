import { fileURLToPath } from 'node:url';

import {
  DefaultLogger,
  Runtime,
  Worker,
  type ReplayHistoriesIterable,
  type ReplayWorkerOptions,
} from '@temporalio/worker';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';

import type { RunHarness } from './run-harness.ts';

/** The bundle of workflows that workers run. */
export const workflowBundle = new URL('../../../dist/workflow-bundle.js', import.meta.url);

/** What a replay runs: the bundle of the build, which holds the payload converter too. */
const replayOptions: ReplayWorkerOptions = {
  workflowBundle: { codePath: fileURLToPath(workflowBundle) },
};

/** The history of one execution, in the form that a file holds and a replay takes. */
export async function historyOf(
  { temporal }: RunHarness,
  workflowId: string,
  executionId?: string,
): Promise<string> {
  const history = await temporal.workflow.getHandle(workflowId, executionId).fetchHistory();
  return historyToJSON(history);
}

/** One execution that the server knows. */
export interface KnownExecution {
  readonly workflowId: string;
  readonly executionId: string;
  readonly events: number;
}

/** Every execution of every run so far, those before a continue-as-new too. */
export async function executionsOf({ temporal }: RunHarness): Promise<readonly KnownExecution[]> {
  const found: KnownExecution[] = [];
  for await (const { workflowId, runId, historyLength } of temporal.workflow.list()) {
    // One that no worker has taken up yet has nothing to replay, and a replay of it would never end.
    if ((historyLength ?? 0) < 4) continue;
    found.push({ workflowId, executionId: runId, events: historyLength ?? 0 });
  }
  return found;
}

/** Replays every history that the server holds against the build. @throws DeterminismViolationError */
export async function replayAll(harness: RunHarness): Promise<number> {
  const executions = await executionsOf(harness);
  const histories = executions.map(async ({ workflowId, executionId }) => {
    const json: unknown = JSON.parse(await historyOf(harness, workflowId, executionId));
    return { workflowId, history: historyFromJSON(json) };
  });
  await replayHistories(await Promise.all(histories));
  return executions.length;
}

/** Replays one stored history. @throws DeterminismViolationError */
export async function replay(json: unknown, workflowId: string): Promise<void> {
  await replayHistories([{ workflowId, history: historyFromJSON(json) }]);
}

async function replayHistories(histories: ReplayHistoriesIterable): Promise<void> {
  beQuiet();
  for await (const { error } of Worker.runReplayHistories(replayOptions, histories)) {
    if (error !== undefined) throw error;
  }
}

let isQuiet = false;

/** Keeps the output of tests free of what the SDK logs: a violation is thrown all the same. */
export function beQuiet(): void {
  if (isQuiet) return;
  isQuiet = true;
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
}
