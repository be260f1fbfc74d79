import type { Client, WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';

import type { ReplayReport } from '../../domain/run/replay-report.ts';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/** Which run is replayed, and against what. */
interface ReplayedRun {
  readonly runId: string;
  /** Path of the bundle of workflow code. */
  readonly bundle: string;
}

/** Executions of one run that are followed back at most. */
const maxExecutions = 1_000;

/**
 * Replays everything that the server keeps of a run, from its first execution on, against workflow code.
 * Nothing is executed.
 */
export async function replayRun(
  client: Client,
  { runId, bundle }: ReplayedRun,
): Promise<ReplayReport> {
  const histories = await historiesOf(client, runId);
  const replayed = Worker.runReplayHistories(
    { workflowBundle: { codePath: bundle } },
    histories.map((history) => ({ workflowId: runId, history })),
  );
  let execution = 0;
  for await (const { error } of replayed) {
    const history = histories[execution] ?? {};
    execution += 1;
    if (error === undefined) continue;
    if (error.name !== 'DeterminismViolationError') throw error;
    return { type: 'diverged', event: eventIn(error.message, history), message: error.message };
  }
  const events = histories.reduce((sum, history) => sum + (history.events?.length ?? 0), 0);
  return { type: 'same', executions: histories.length, events };
}

/** Oldest first. */
async function historiesOf(client: Client, runId: string): Promise<readonly History[]> {
  const histories: History[] = [];
  let execution: string | undefined;
  for (let count = 0; count < maxExecutions; count += 1) {
    const history = await client.workflow.getHandle(runId, execution).fetchHistory();
    histories.unshift(history);
    const start = history.events?.[0]?.workflowExecutionStartedEventAttributes;
    execution = start?.continuedExecutionRunId ?? undefined;
    if (execution === undefined || execution === '') return histories;
  }
  return histories;
}

/** The event that a violation speaks of: by its number, or the first one of the activity that it names. */
function eventIn(message: string, { events }: History): string {
  const [, id, type] = /HistoryEvent\(id: (\d+), (\w+)\)/.exec(message) ?? [];
  if (id !== undefined && type !== undefined) return `${id} ${type}`;
  const named = /scheduled event '([^']+)'/.exec(message)?.[1];
  const found = events?.find(
    ({ activityTaskScheduledEventAttributes: scheduled }) =>
      named !== undefined && scheduled?.activityType?.name === named,
  );
  if (found !== undefined) return `${String(found.eventId)} ActivityTaskScheduled ${named ?? ''}`;
  return 'not named';
}
