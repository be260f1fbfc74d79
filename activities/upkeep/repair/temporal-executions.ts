import type { Client } from '@temporalio/client';

import type { Executions } from './executions.ts';

/** Longest wait for one answer of the server, in milliseconds. */
const callTimeoutMs = 5_000;

/** The executions of the server that a worker polls. */
export function temporalExecutions(client: Client): Executions {
  const inTime = async <T>(call: () => Promise<T>): Promise<T> =>
    client.withDeadline(Date.now() + callTimeoutMs, call);
  return {
    look: async ({ runId, firstExecution }) => {
      try {
        const { raw, status } = await inTime(async () =>
          client.workflow.getHandle(runId).describe(),
        );
        if (raw.workflowExecutionInfo?.firstRunId !== firstExecution) return { type: 'gone' };
        if (status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW') {
          return { type: 'open' };
        }
        const reason =
          status.name === 'TERMINATED'
            ? await inTime(async () => reasonOf(client, runId))
            : undefined;
        return { type: 'closed', as: status.name, ...(reason === undefined ? {} : { reason }) };
      } catch (error) {
        if (error instanceof Error && error.name === 'WorkflowNotFoundError') {
          return { type: 'gone' };
        }
        throw error;
      }
    },
    wake: async (runId) => {
      await inTime(async () => client.workflow.getHandle(runId).signal('wake', {}));
    },
  };
}

/** Why somebody terminated an execution, in the words of that person. */
async function reasonOf(client: Client, workflowId: string): Promise<string | undefined> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId },
    // Only the event that closed it.
    historyEventFilterType: 2,
  });
  return history?.events?.at(-1)?.workflowExecutionTerminatedEventAttributes?.reason ?? undefined;
}
