import type { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';

/** Which worker is dead, and where its runs are. Its process must be reaped: a living one would do its work twice. */
export interface DeadWorker {
  readonly connection: Connection;
  readonly namespace: string;
  readonly identity: string;
}

/** What was told: activities handed back, and runs freed from the dead worker's cache. */
export interface RecoveryCount {
  readonly activities: number;
  readonly runs: number;
}

/** Runs asked at once; more only queue up in the server. */
const parallelRuns = 16;

const { PENDING_ACTIVITY_STATE_STARTED, PENDING_ACTIVITY_STATE_CANCEL_REQUESTED } =
  proto.temporal.api.enums.v1.PendingActivityState;

/**
 * Tells Temporal that a worker is dead, so that its runs go on at once instead of after their heartbeat and sticky
 * time-outs: each activity that the worker held is handed back, each open run forgets that worker's cache.
 */
export async function recoverRuns(dead: DeadWorker): Promise<RecoveryCount> {
  const runs = await openRuns(dead);
  let activities = 0;
  const work = runs.values();
  const lanes = Array.from({ length: parallelRuns }, async () => {
    for (const run of work) activities += await recoverRun(dead, run);
  });
  await Promise.all(lanes);
  return { activities, runs: runs.length };
}

interface RunRef {
  readonly workflowId: string;
  readonly runId: string;
}

async function openRuns({ connection, namespace }: DeadWorker): Promise<readonly RunRef[]> {
  const runs: RunRef[] = [];
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await connection.workflowService.listWorkflowExecutions({
      namespace,
      query: 'ExecutionStatus="Running"',
      pageSize: 1_000,
      nextPageToken,
    });
    for (const { execution } of page.executions) {
      runs.push({ workflowId: execution?.workflowId ?? '', runId: execution?.runId ?? '' });
    }
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
  return runs;
}

async function recoverRun(dead: DeadWorker, execution: RunRef): Promise<number> {
  const { connection, namespace, identity } = dead;
  try {
    const { pendingActivities } = await connection.workflowService.describeWorkflowExecution({
      namespace,
      execution,
    });
    const held = pendingActivities.filter(
      ({ lastWorkerIdentity, state }) =>
        lastWorkerIdentity === identity &&
        (state === PENDING_ACTIVITY_STATE_STARTED ||
          state === PENDING_ACTIVITY_STATE_CANCEL_REQUESTED),
    );
    for (const { activityId } of held) await handBack(dead, execution, activityId ?? '');
    await connection.workflowService.resetStickyTaskQueue({ namespace, execution });
    return held.length;
  } catch (error) {
    // The run or the activity may have ended meanwhile: nothing is left to tell. Its time-outs cover the rest.
    if (isNotFound(error)) return 0;
    throw error;
  }
}

async function handBack(
  { connection, namespace, identity }: DeadWorker,
  run: RunRef,
  activityId: string,
): Promise<void> {
  await connection.workflowService.respondActivityTaskFailedById({
    namespace,
    ...run,
    activityId,
    identity: 'holdfast-supervisor',
    failure: {
      message: `the worker process ${identity} died`,
      source: 'holdfast',
      // The next attempt comes at once, whatever the back-off of the activity is.
      applicationFailureInfo: {
        type: 'Worker.Died',
        nonRetryable: false,
        nextRetryDelay: msToTs(1),
      },
    },
  });
}

/** gRPC status NOT_FOUND. */
function isNotFound(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 5;
}
