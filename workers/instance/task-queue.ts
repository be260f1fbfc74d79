import type { InstanceConfig } from '../../domain/settings/instance-messages.ts';
import { localTaskQueue } from '../../domain/settings/instance-messages.ts';
import { hashText } from '../../storage/hashing.ts';

/** Characters of the hash that tell installations apart. */
const hashLength = 12;

/**
 * Names the task queue of an instance. On a Temporal server that others may use too, each database has a queue of its
 * own: a worker must never take a run whose rows stand in another database. Workers that share a database share it.
 */
export function taskQueueOf(config: InstanceConfig, hostName: string): string {
  if (config.temporalAddress === undefined) return localTaskQueue;
  const database =
    config.databaseUrl === undefined ? `${hostName}:${config.home}` : addressOf(config.databaseUrl);
  return `${localTaskQueue}-${hashText(database).slice(0, hashLength)}`;
}

/** Where a database is, without who asks it. */
function addressOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
