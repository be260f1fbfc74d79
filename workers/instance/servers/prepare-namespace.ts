import type { Connection } from '@temporalio/client';
import { msToTs, optionalTsToMs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';

import { searchAttributes } from './temporal-command.ts';

/** How long Temporal keeps closed runs for its page: 90 days; its dev server would forget them after one. */
const retentionMs = 90 * 24 * 60 * 60 * 1000;

const valueTypes = proto.temporal.api.enums.v1.IndexedValueType;

/** Brings a namespace to our settings. Does nothing when they are there already; keeps a longer retention. */
export async function prepareNamespace(connection: Connection, namespace: string): Promise<void> {
  await Promise.all([
    keepClosedRuns(connection, namespace),
    addSearchAttributes(connection, namespace),
  ]);
}

async function keepClosedRuns(connection: Connection, namespace: string): Promise<void> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  const current = optionalTsToMs(config?.workflowExecutionRetentionTtl) ?? 0;
  if (current >= retentionMs) return;
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(retentionMs) },
  });
}

async function addSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(searchAttributes).filter(
    ([name]) => !Object.hasOwn(customAttributes, name),
  );
  if (missing.length === 0) return;
  const types = missing.map(([name, type]) => [
    name,
    type === 'Int' ? valueTypes.INDEXED_VALUE_TYPE_INT : valueTypes.INDEXED_VALUE_TYPE_KEYWORD,
  ]);
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(types),
  });
}
