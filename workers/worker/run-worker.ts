import { fileURLToPath } from 'node:url';

import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';

import { RecentOutcomes } from '../../activities/effects/ledger/recent-outcomes.ts';
import { loadSettings } from '../../storage/home/settings-file.ts';
import { openDatabase } from '../../storage/postgres/database.ts';
import { createPauseAt } from './pause-at.ts';
import { wakeForgotten } from './wake-forgotten.ts';
import { wireActivities } from './wire-activities.ts';
import type { WorkerConfig } from './worker-config.ts';

/** What a worker process gets from its surroundings. */
export interface WorkerSurroundings {
  readonly pid: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Called when the worker polls. */
  readonly onReady: () => void;
  readonly stop: (signal: NodeJS.Signals) => void;
  readonly isRoot: boolean;
  /** Aborts when the process is told to end. */
  readonly closing: AbortSignal;
  /** Tells the operator that something has to be mended. */
  readonly warn: (message: string, fields: Readonly<Record<string, string>>) => void;
}

/** Activities of upkeep that are always going on. */
const upkeepDuties = 2;

/** Runs kept in memory: too few cost a replay at every step, and one that waits takes about 45 KB. */
const defaultCachedWorkflows = 500;

/** Runs a worker until it is told to stop: it stops polling, drains for 10 s, then gives up what still runs. */
export async function runWorker(
  config: WorkerConfig,
  surroundings: WorkerSurroundings,
): Promise<void> {
  const { pid, environment, onReady, stop, isRoot, closing, warn } = surroundings;
  const { temporalAddress: address, namespace, taskQueue, databaseUrl, home, identity } = config;
  const recent = new RecentOutcomes(Date.now);
  const db = openDatabase(databaseUrl, 'again-and-again', () => {
    // What cannot be written now is looked for when its call is asked for again.
    void recent.writeAgain(db).catch(() => undefined);
  });
  const { settings } = loadSettings({ home, variables: environment, flags: {} });
  const { commandLeaseMs } = config;
  const pauseAt = createPauseAt(config.pauseAt, () => stop('SIGSTOP'));
  const [connection, wired] = await Promise.all([
    NativeConnection.connect({ address }),
    wireActivities({
      db,
      recent,
      home,
      taskQueue,
      settings,
      pid,
      environment,
      pauseAt,
      commandLeaseMs,
      isRoot,
      closing,
      warn,
    }),
  ]);
  try {
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue,
      identity,
      workflowBundle: { codePath: builtFile('workflow-bundle.js') },
      dataConverter: { payloadConverterPath: builtFile('workflows/payload-converter.js') },
      activities: { ...wired.activities },
      maxCachedWorkflows: config.maxCachedWorkflows ?? defaultCachedWorkflows,
      // The duties of upkeep only wait, but each holds a place all the time.
      maxConcurrentActivityTaskExecutions: settings.maxParallel + upkeepDuties,
      maxHeartbeatThrottleInterval: '2 seconds',
      defaultHeartbeatThrottleInterval: '2 seconds',
      shutdownGraceTime: '10 seconds',
      shutdownForceTime: '14 seconds',
    });
    onReady();
    // Nothing depends on it: what fails now is looked for at the next start.
    void wakeForgotten(new Client({ connection, namespace }), db).catch((error: unknown) =>
      warn('it is not known whether every waiting run is seen', { error: String(error) }),
    );
    await worker.run();
  } finally {
    wired.close();
    await db.destroy();
    await connection.close();
  }
}

/** A file of the build, found from this one, whether it runs built or from source. */
function builtFile(path: string): string {
  const here = import.meta.url;
  const dist = here.endsWith('.ts') ? '../../dist/' : '../../';
  return fileURLToPath(new URL(`${dist}${path}`, here));
}
