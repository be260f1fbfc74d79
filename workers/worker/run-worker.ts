import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';

import { RecentOutcomes } from '../../activities/effects/ledger/recent-outcomes.ts';
import { loadSettings } from '../../storage/home/settings-file.ts';
import { openDatabase } from '../../storage/postgres/database.ts';
import type { Redactor } from '../../activities/redaction/redactor.ts';
import { SecretBroker } from '../../activities/secrets/secret-broker.ts';
import { writeSecretReport } from '../../storage/secrets/secret-report.ts';
import { createPauseAt } from './pause-at.ts';
import { redactActivities } from './redact-activities.ts';
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
  /** Learns every secret of this process. */
  readonly redactor: Redactor;
  /** Calls `reload` when the secrets have to be read anew. */
  readonly onReload: (reload: () => void) => void;
  /** Tells the operator that something has to be mended. */
  readonly warn: (message: string, fields: Readonly<Record<string, string>>) => void;
}

/** Activities of upkeep that are always going on. */
const upkeepDuties = 4;

/** Runs kept in memory: too few cost a replay at every step, and one that waits takes about 45 KB. */
const defaultCachedWorkflows = 500;

/** Time for closing connections, in milliseconds. */
const closeMs = 500;

/** Runs a worker until it is told to stop: it stops polling, drains for 10 s, then ends what still runs, and leaves it behind 3 s later. */
export async function runWorker(
  config: WorkerConfig,
  surroundings: WorkerSurroundings,
): Promise<void> {
  const { pid, environment, onReady, stop, isRoot, closing, warn, redactor } = surroundings;
  const { temporalAddress: address, namespace, taskQueue, databaseUrl, home, identity } = config;
  const recent = new RecentOutcomes(Date.now);
  const db = openDatabase(databaseUrl, 'again-and-again', () => {
    // What cannot be written now is looked for when its call is asked for again.
    void recent.writeAgain(db).catch(() => undefined);
  });
  const { settings } = loadSettings({ home, variables: environment, flags: {} });
  redactor.learn(passwordOf(databaseUrl));
  const secrets = new SecretBroker({
    place: { home, environment },
    redactor,
    declarations: () => loadSettings({ home, variables: environment, flags: {} }).settings.secrets,
    tell: (report) => {
      try {
        writeSecretReport(home, report);
      } catch (error) {
        // Runs go on without it: only commands that ask for it are told less.
        warn('the report of secrets cannot be written', { reason: String(error) });
      }
    },
    pid,
  });
  surroundings.onReload(() => void secrets.reload());
  const { commandLeaseMs, lockLeaseMs, hostName } = config;
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
      lockLeaseMs,
      hostName,
      isRoot,
      closing,
      warn,
      redactor,
      secrets,
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
      interceptors: { activity: [() => redactActivities(redactor)] },
      maxCachedWorkflows: config.maxCachedWorkflows ?? defaultCachedWorkflows,
      // The duties of upkeep only wait, but each holds a place all the time.
      maxConcurrentActivityTaskExecutions: settings.maxParallel + upkeepDuties,
      maxHeartbeatThrottleInterval: '2 seconds',
      defaultHeartbeatThrottleInterval: '2 seconds',
      shutdownGraceTime: '10 seconds',
      shutdownForceTime: '13 seconds',
    });
    onReady();
    // Nothing depends on it: what fails now is looked for at the next start.
    void wakeForgotten(new Client({ connection, namespace }), db, closing).catch((error: unknown) =>
      warn('it is not known whether every waiting run is seen', { error: String(error) }),
    );
    await worker.run();
  } finally {
    wired.close();
    // A call that ignores its end may hold a connection for ever.
    await Promise.race([
      Promise.all([db.destroy(), connection.close()]),
      wait(closeMs, undefined, { ref: false }),
    ]);
  }
}

/** A file of the build, found from this one, whether it runs built or from source. */
function builtFile(path: string): string {
  const here = import.meta.url;
  const dist = here.endsWith('.ts') ? '../../dist/' : '../../';
  return fileURLToPath(new URL(`${dist}${path}`, here));
}

/** A password that is a word, as in `postgres:postgres@`, would be taken out of every other sentence. Characters. */
const shortestPassword = 12;

function passwordOf(url: string): readonly string[] {
  const password = URL.canParse(url) ? decodeURIComponent(new URL(url).password) : '';
  return password.length < shortestPassword ? [] : [password];
}
