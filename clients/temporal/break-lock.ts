import { WithStartWorkflowOperation } from '@temporalio/client';

import type { lockWorkflow } from '../../workflows/locks/lock-workflow.ts';
import { breakLockUpdate } from '../../workflows/locks/messages.ts';
import { callTimeoutMs, type LocalConnection } from './local-connection.ts';
import { inOwnName } from './runs/send-messages.ts';
import { translated } from './translate-error.ts';

/** Gives the order to break a lock in one's own name, also where the workflow of the lock is gone: it is started then. */
export async function sendBreak(
  connection: LocalConnection,
  lockId: string,
  order: {
    readonly fences: readonly number[];
    readonly reason: string;
    readonly decisionId: string;
  },
): Promise<{ readonly fence: number }> {
  const { temporal, taskQueue } = connection;
  const input = await inOwnName(
    connection,
    { message: 'breakLock', runId: lockId },
    { fields: order },
  );
  const client = await temporal();
  const startWorkflowOperation = new WithStartWorkflowOperation<typeof lockWorkflow>(
    'lockWorkflow',
    {
      workflowId: lockId,
      taskQueue,
      args: [{}],
      workflowIdConflictPolicy: 'USE_EXISTING',
      retry: { maximumAttempts: 1 },
    },
  );
  return translated('the lock', async () =>
    client.withDeadline(Date.now() + callTimeoutMs, async () =>
      client.workflow.executeUpdateWithStart(breakLockUpdate, {
        args: [input],
        updateId: order.decisionId,
        startWorkflowOperation,
      }),
    ),
  );
}
