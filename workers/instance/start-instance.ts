import { hostname } from 'node:os';

import type { InstanceSummary } from '../../domain/settings/instance-messages.ts';
import type { InstanceRecord } from '../../domain/settings/instance-record-schema.ts';
import { maskPassword } from '../../domain/settings/mask-url.ts';
import { endLeftovers } from '../../storage/home/end-leftovers.ts';
import { takeInstanceLock } from './instance-lock.ts';
import type { InstanceOptions } from './instance-options.ts';
import { createReload } from './reload-configuration.ts';
import { RunningParts } from './running-parts.ts';
import { type RunningServer, startDatabase, startTemporalServer } from './servers/start-servers.ts';
import { superviseWorker } from './supervision/supervise-worker.ts';
import { taskQueueOf } from './task-queue.ts';

/** A running instance. */
export interface Instance {
  readonly summary: InstanceSummary;
  /** Ends the parts in order: worker (drains), Temporal, PostgreSQL. Within 14 s. */
  readonly stop: () => Promise<void>;
  /** Reads secrets, settings and policies anew. It never fails: what came of it is in the data folder. */
  readonly reload: () => Promise<void>;
  /** Kills the parts at once. */
  readonly kill: () => void;
}

/**
 * Starts what an instance consists of, servers in parallel, and supervises it.
 * @throws {HoldfastError} conflict when one runs on the data folder already; else why a part does not start.
 */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const { config, paths, log, pid, sendSignal } = options;
  const began = performance.now();
  const unlock = takeInstanceLock({ file: paths.instanceLock, pid, sendSignal });
  const parts = new RunningParts(options);
  try {
    const ended = await endLeftovers(config.home, sendSignal);
    if (ended > 0) options.progress(`ended ${ended} process(es) that a killed instance had left`);
    await startParts(options, parts);
  } catch (error) {
    parts.kill();
    unlock();
    throw error;
  }
  const startMs = Math.round(performance.now() - began);
  log.write('ready', { startMs });
  const reloadConfiguration = createReload({
    options,
    databaseUrl: parts.record().databaseUrl,
    replaceWorker: () => parts.replaceWorker(),
    onApplied: (at) => parts.configured(at),
  });
  return {
    summary: summaryOf(parts.record(), { home: config.home, startMs }),
    reload: async () => {
      parts.reloadSecrets();
      await reloadConfiguration();
    },
    stop: async () => {
      await parts.stop();
      unlock();
    },
    kill: () => {
      parts.kill();
      unlock();
    },
  };
}

async function startParts(options: InstanceOptions, parts: RunningParts): Promise<void> {
  const { config, workerProgram: program } = options;
  const onChange = (): void => {
    try {
      parts.save();
    } catch (error) {
      // A full disk must not stop the supervisor; the record is written again at the next change.
      options.log.write('record-not-written', { error: String(error) });
    }
  };
  const temporal = async (): Promise<RunningServer> => {
    parts.temporal = await startTemporalServer(options, onChange);
    await prepareServer(options, parts.temporal.address);
    return parts.temporal;
  };
  const database = async (): Promise<RunningServer> => {
    parts.database = await startDatabase(options, onChange);
    return parts.database;
  };
  options.progress('starting Temporal and PostgreSQL');
  const [{ address: temporalAddress }, { address: databaseUrl }] = await Promise.all([
    temporal(),
    database(),
  ]);
  if (program !== undefined) {
    options.progress('starting the worker');
    const { namespace, home } = config;
    const taskQueue = taskQueueOf(config, hostname());
    parts.worker = await superviseWorker({
      instance: options,
      program,
      config: { temporalAddress, namespace, taskQueue, databaseUrl, home },
      onChange,
    });
  }
  parts.save();
}

async function prepareServer(
  { config, workerProgram }: InstanceOptions,
  address: string,
): Promise<void> {
  const { namespace } = config;
  const [{ awaitTemporal }, { prepareNamespace }, { startUpkeep }] = await Promise.all([
    import('./servers/await-temporal.ts'),
    import('./servers/prepare-namespace.ts'),
    import('./servers/start-upkeep.ts'),
  ]);
  const connection = await awaitTemporal({
    address,
    namespace,
    timeoutMs: 10_000,
    lost: () => undefined,
  });
  try {
    await prepareNamespace(connection, namespace);
    // It waits for the worker, which is not there yet.
    const taskQueue = taskQueueOf(config, hostname());
    if (workerProgram !== undefined) {
      await startUpkeep(connection, { namespace, taskQueue, tenant: 'default' });
    }
  } finally {
    await connection.close();
  }
}

function summaryOf(
  record: InstanceRecord,
  { home, startMs }: { readonly home: string; readonly startMs: number },
): InstanceSummary {
  return {
    home,
    pid: record.supervisor.pid,
    temporalAddress: record.temporalAddress,
    ...(record.temporalUi === undefined ? {} : { temporalUi: record.temporalUi }),
    database: maskPassword(record.databaseUrl),
    namespace: record.namespace,
    taskQueue: record.taskQueue,
    hasWorker: record.parts.worker !== undefined,
    startMs,
  };
}
