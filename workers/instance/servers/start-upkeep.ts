import { Client, type ConnectionLike } from '@temporalio/client';

import { localTaskQueue } from '../../../domain/settings/instance-messages.ts';
import { upkeepIdOf } from '../../../domain/upkeep/activities.ts';
import type { upkeepWorkflow } from '../../../workflows/upkeep/upkeep-workflow.ts';

/** Whose upkeep to start, and where its workers listen. */
export interface UpkeepPlace {
  readonly namespace: string;
  readonly taskQueue: string;
  readonly tenant: string;
}

/** Starts the upkeep of a tenant; nothing happens when it is there already. */
export async function startUpkeep(
  connection: ConnectionLike,
  { namespace, taskQueue, tenant }: UpkeepPlace,
): Promise<void> {
  const client = new Client({ connection, namespace });
  await client.workflow.start<typeof upkeepWorkflow>('upkeepWorkflow', {
    // On a server that others use too, each database has a queue of its own, and so an upkeep.
    workflowId: upkeepIdOf(tenant, taskQueue === localTaskQueue ? undefined : taskQueue),
    taskQueue,
    args: [],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: `upkeep of tenant ${tenant}: the chain of the audit and its copy in git`,
  });
}
