import type { Client } from '@temporalio/client';

import { unseenRuns } from '../../storage/runs/unseen-runs.ts';
import type { Database } from '../../storage/postgres/database.ts';
import { wakeSignal } from '../../workflows/run/messages.ts';

/** Runs that wait for somebody, as they say themselves. */
const waiting =
  "WorkflowType = 'runWorkflow' AND ExecutionStatus = 'Running' AND HoldfastWaitingFor IS NOT NULL";

/**
 * Finds the runs that wait for a person while no person can see that, and lets them ask once more. That happens when a
 * store was put back to an older state, which nobody does under a living worker: so a worker looks once, at its start.
 */
export async function wakeForgotten(client: Client, db: Database): Promise<void> {
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
