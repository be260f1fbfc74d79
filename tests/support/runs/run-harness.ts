import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Client, Connection } from '@temporalio/client';

import type { HoldfastClient } from '../../../clients/holdfast-client.ts';
import { openLocalClient } from '../../../clients/temporal/local-client.ts';
import { modelEntrySchema } from '../../../domain/models/model-entry-schema.ts';
import { settingsSchema } from '../../../domain/settings/settings-schema.ts';
import { loadConfiguration } from '../../../storage/definitions/load-configuration.ts';
import { openIdentity } from '../../../storage/administration.ts';
import { migrateUp } from '../../../storage/migrations/migrate.ts';
import { openDatabase, type Database } from '../../../storage/postgres/database.ts';
import { startUpkeep } from '../../../workers/instance/servers/start-upkeep.ts';
import {
  createRehearsalServer,
  type RehearsalServer,
} from '../../../workers/rehearsal/rehearsal-server.ts';
import type { ScriptInput } from '../../../workers/rehearsal/script-schema.ts';
import { startTestDatabase, type TestDatabase } from '../database.ts';
import { startTestTemporal, type TestTemporal } from '../temporal.ts';

/** One worker process. */
export interface TestWorker {
  readonly pid: number;
  readonly identity: string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Settles when the process is gone and reaped. */
  readonly exited: Promise<void>;
  /** Null while it lives, and when a signal ended it. */
  readonly exitCode: () => number | null;
  /** What it wrote to standard error so far. */
  readonly errors: () => string;
}

/** Where a worker stops itself (SIGSTOP): the nth time the phase is reached, once over all processes of the file. */
export interface PauseWanted {
  readonly phase: string;
  readonly nth: number;
  /** Appears when the moment is reached. */
  readonly file: string;
  /** Phases count only once this file is there; absent: from the start. */
  readonly armedBy?: string;
}

/** A machine of its own, as far as a worker can tell: another name and another data folder. */
export interface OtherHost {
  readonly hostName: string;
  readonly home: string;
}

/** Real Temporal, real PostgreSQL, real worker processes, a scripted model: what tests of runs work with. */
export interface RunHarness {
  readonly home: string;
  readonly temporalAddress: string;
  readonly databaseUrl: string;
  readonly client: HoldfastClient;
  readonly temporal: Client;
  readonly db: Database;
  readonly rehearsal: RehearsalServer;
  /** Starts a worker that polls; several may run at once. `program` stands for another build of it. */
  readonly startWorker: (
    pauseAt?: PauseWanted,
    program?: string,
    host?: OtherHost,
  ) => Promise<TestWorker>;
  /** Makes a folder with files, for use as `workspace` of a run. */
  readonly makeProject: (files: Readonly<Record<string, string>>) => string;
  /** Tells Temporal at once that a worker is dead, as the instance does after it has reaped one. */
  readonly recoverFrom: (worker: TestWorker) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** What a harness may differ in. */
export interface RunHarnessOptions {
  readonly scripts: readonly ScriptInput[];
  /** More models than `scripted`, which plays the scripts. */
  readonly models?: readonly unknown[];
  readonly allowedHosts?: readonly string[];
  /** Policy profiles besides the presets, as they would stand in files. */
  readonly policies?: readonly { readonly name: string; readonly [field: string]: unknown }[];
  /** More settings of the data folder. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Number of history events at which the server suggests continue-as-new. */
  readonly continueAsNewAfter?: number;
  /** Starts the upkeep of the tenant, as an instance does. */
  readonly upkeep?: boolean;
  /** Worker processes at the start; 1 by default. */
  readonly workers?: number;
  /** Time a command runs on without a worker, in milliseconds. */
  readonly commandLeaseMs?: number;
  /** Length of the lease of a lock, in milliseconds. */
  readonly lockLeaseMs?: number;
  /** Servers that are there already; the harness stops them all the same. */
  readonly servers?: {
    readonly temporal: Pick<TestTemporal, 'address' | 'stop'>;
    readonly database: TestDatabase;
  };
}

/** Name of the script that a prompt chooses: put it into the prompt. */
export function conversation(name: string): string {
  return `[conversation:${name}]`;
}

/** Starts everything for one test file. */
export async function startRunHarness(options: RunHarnessOptions): Promise<RunHarness> {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-runs-'));
  chmodSync(home, 0o755);
  const limit = options.continueAsNewAfter;
  const dynamicConfig =
    limit === undefined ? [] : [`limit.historyCount.suggestContinueAsNew=${limit}`];
  const [temporalServer, database, rehearsal] = await Promise.all([
    options.servers?.temporal ?? startTestTemporal({ dynamicConfig }),
    options.servers?.database ?? startTestDatabase(),
    createRehearsalServer({ scripts: [...options.scripts] }),
  ]);
  await migrateUp(database.url);
  const db = openDatabase(database.url);
  await load(db, home, { ...options, modelUrl: rehearsal.url });
  const connection = await Connection.connect({ address: temporalServer.address });
  const client = await openLocalClient({
    temporalAddress: temporalServer.address,
    namespace: 'default',
    taskQueue: 'holdfast',
    databaseUrl: database.url,
    tenant: 'default',
    home,
    user: 'tester',
    identity: openIdentity(join(home, 'identity.pem')),
  });
  const workers = new Set<ChildProcess>();
  const startWorker: RunHarness['startWorker'] = async (pauseAt, program = workerProgram, host) =>
    spawnWorker(workers, program, {
      temporalAddress: temporalServer.address,
      namespace: 'default',
      taskQueue: 'holdfast',
      databaseUrl: database.url,
      home,
      identity: `worker-${randomUUID()}`,
      ...(pauseAt === undefined ? {} : { pauseAt }),
      ...(options.commandLeaseMs === undefined ? {} : { commandLeaseMs: options.commandLeaseMs }),
      ...(options.lockLeaseMs === undefined ? {} : { lockLeaseMs: options.lockLeaseMs }),
      ...host,
    });
  const harness: RunHarness = {
    home,
    temporalAddress: temporalServer.address,
    databaseUrl: database.url,
    client,
    temporal: new Client({ connection }),
    db,
    rehearsal,
    startWorker,
    makeProject: (files) => makeProject(files),
    recoverFrom: async (worker) => {
      const { recoverRuns } = await import('../../../workers/instance/supervision/recover-runs.ts');
      await recoverRuns({ connection, namespace: 'default', identity: worker.identity });
    },
    stop: async () => {
      for (const child of workers) child.kill('SIGKILL');
      await client.close();
      await connection.close();
      await db.destroy();
      await Promise.all([temporalServer.stop(), database.stop(), rehearsal.close()]);
      rmSync(home, { recursive: true, force: true });
    },
  };
  if (options.upkeep === true) {
    const place = { namespace: 'default', taskQueue: 'holdfast', tenant: 'default' };
    await startUpkeep(connection, place);
  }
  await Promise.all(Array.from({ length: options.workers ?? 1 }, async () => startWorker()));
  return harness;
}

async function load(
  db: Database,
  home: string,
  {
    models = [],
    allowedHosts = [],
    policies = [],
    settings: more = {},
    modelUrl,
  }: RunHarnessOptions & { readonly modelUrl: string },
): Promise<void> {
  const scripted = {
    key: 'scripted',
    backend: 'generic',
    baseUrl: modelUrl,
    model: 'scripted',
    privacy: 'local',
    price: { input: 1, output: 2 },
  };
  const document = {
    models: [scripted, ...models],
    defaultModel: 'scripted',
    allowedHosts,
    // This machine may have less free than runs wait for.
    capacity: { threshold: 0 },
    ...more,
  };
  // The worker reads the same settings from the file of its data folder.
  writeFileSync(join(home, 'holdfast.yaml'), JSON.stringify(document));
  modelEntrySchema.parse(scripted);
  const settings = settingsSchema.parse(document);
  const policiesFolder = join(home, 'policies');
  mkdirSync(policiesFolder, { recursive: true });
  for (const policy of policies) {
    writeFileSync(join(policiesFolder, `${policy.name}.yaml`), JSON.stringify(policy));
  }
  await loadConfiguration(db, 'default', {
    settings,
    policiesFolder: { path: policiesFolder, isNamed: true },
    variables: {},
  });
}

const workerProgram = fileURLToPath(new URL('../../../dist/programs/worker.js', import.meta.url));

async function spawnWorker(
  workers: Set<ChildProcess>,
  program: string,
  config: { readonly identity: string } & Readonly<Record<string, unknown>>,
): Promise<TestWorker> {
  if (!existsSync(program)) throw new Error('build first: npm run build');
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, NODE_OPTIONS: '', HOLDFAST_WORKER_CONFIG: JSON.stringify(config) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  workers.add(child);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => {
      workers.delete(child);
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('"ready":true')) resolve();
    });
    void exited.then(() => reject(new Error(`the worker ended before it was ready: ${errors}`)));
  });
  return {
    pid: child.pid ?? 0,
    identity: config.identity,
    kill: (signal) => child.kill(signal),
    exited,
    exitCode: () => child.exitCode,
    errors: () => errors,
  };
}

export function makeProject(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-project-'));
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}
