import { setTimeout as wait } from 'node:timers/promises';

import type { Client } from '@temporalio/client';

import { unseenRuns } from '../../storage/runs/unseen-runs.ts';
import type { Database } from '../../storage/postgres/database.ts';
import { wakeSignal } from '../../workflows/run/messages.ts';

/** Runs that wait for somebody, as they say themselves. */
const waiting =
  "WorkflowType = 'runWorkflow' AND ExecutionStatus = 'Running' AND HoldfastWaitingFor IS NOT NULL";

/** Temporal lists a run that has begun to wait a moment later, under load a few seconds. Milliseconds. */
const laterMs = 10_000;

/**
 * Finds the runs that wait for a person while no person can see that, and lets them ask once more. That happens when a
 * store was put back to an older state, which nobody does under a living worker: so a worker looks at its start, and once
 * more when Temporal lists all that waited by then.
 */
export async function wakeForgotten(
  client: Client,
  db: Database,
  closing: AbortSignal,
): Promise<void> {
  await wakeUnseen(client, db);
  await wait(laterMs, undefined, { ref: false, signal: closing }).catch(() => undefined);
  if (!closing.aborted) await wakeUnseen(client, db);
}

async function wakeUnseen(client: Client, db: Database): Promise<void> {
  const runIds: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query: waiting })) {
    runIds.push(workflowId);
  }
  for (const runId of await unseenRuns(db, runIds)) {
    // One that ended meanwhile waits for nobody.
    await client.workflow
      .getHandle(runId)
      .signal(wakeSignal, { announce: true })
      .catch(() => undefined);
  }
}
