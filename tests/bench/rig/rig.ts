import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Client, Connection } from '@temporalio/client';

import type { HoldfastClient } from '../../../clients/holdfast-client.ts';
import { openLocalClient } from '../../../clients/temporal/local-client.ts';
import { localTaskQueue } from '../../../domain/settings/instance-messages.ts';
import { stepsMark } from '../model/gate.ts';
import { startModelServer, type ModelServer } from './model-server.ts';
import { startBenchInstance, type BenchInstance } from './start-instance.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

/** Everything that the measurements share. */
export interface Rig {
  readonly instance: BenchInstance;
  readonly model: ModelServer;
  readonly temporal: Client;
  readonly client: HoldfastClient;
  /** The product's worker. `nodeOptions` come before the program. */
  readonly startWorker: (
    nodeOptions?: readonly string[],
    more?: Readonly<Record<string, unknown>>,
    environment?: Readonly<Record<string, string>>,
  ) => Promise<WorkerProcess>;
  /** Arguments of Node for the product's worker, and what it is told. */
  readonly workerProgram: readonly string[];
  readonly workerConfig: WorkerConfig;
  /** A worker for the bare loop; needs a request that our own loop has made. */
  readonly startBareWorker: () => Promise<WorkerProcess>;
  readonly stop: () => Promise<void>;
}

interface WorkerConfig {
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly databaseUrl: string;
  readonly home: string;
}

/** Queue of the bare loop. */
export const bareQueue = 'bench-bare';

const builtWorker = fileURLToPath(new URL('../../../dist/programs/worker.js', import.meta.url));
const bareWorker = fileURLToPath(new URL('../bare/main.ts', import.meta.url));

/** Starts servers and clients; workers are started by the measurements. */
export async function startRig(): Promise<Rig> {
  if (!existsSync(builtWorker)) throw new Error('build first: npm run build');
  const model = await startModelServer();
  const instance = await startBenchInstance(model.url);
  const { temporalAddress, databaseUrl, namespace, home } = instance;
  const connection = await Connection.connect({ address: temporalAddress });
  const client = await openLocalClient({
    temporalAddress,
    namespace,
    taskQueue: localTaskQueue,
    databaseUrl,
    tenant: 'default',
    home,
    user: 'bench',
  });
  const workers: WorkerProcess[] = [];
  const started = async (worker: Promise<WorkerProcess>): Promise<WorkerProcess> => {
    workers.push(await worker);
    return worker;
  };
  const workerConfig = {
    temporalAddress,
    namespace,
    taskQueue: localTaskQueue,
    databaseUrl,
    home,
  };
  return {
    instance,
    model,
    temporal: new Client({ connection, namespace }),
    client,
    workerProgram: [builtWorker],
    workerConfig,
    startWorker: async (nodeOptions = [], more = {}, environment = {}) =>
      started(
        startWorkerProcess({
          program: [...nodeOptions, builtWorker],
          config: { ...workerConfig, ...more },
          environment,
        }),
      ),
    startBareWorker: async () => {
      const config = {
        temporalAddress,
        taskQueue: bareQueue,
        ...(await bareFiles(home, model)),
      };
      return started(startWorkerProcess({ program: ['--import', 'tsx', bareWorker], config }));
    },
    stop: async () => {
      for (const worker of workers) worker.kill('SIGKILL');
      await Promise.all(workers.map(async ({ exited }) => exited));
      model.stop();
      await client.close();
      await connection.close();
      await instance.stop();
    },
  };
}

/** Writes down the newest request of our own loop, so that the bare loop makes the same. */
async function bareFiles(home: string, model: ModelServer) {
  const { body } = await model.ask({ type: 'show-request' }, 'request');
  const request: unknown = JSON.parse(body);
  if (!body.includes(stepsMark)) throw new Error('our own loop has not asked the model yet');
  const folder = join(home, 'bare');
  mkdirSync(folder);
  const patternFile = join(folder, 'request.json');
  writeFileSync(patternFile, JSON.stringify(firstTurnOf(request)));
  return { modelUrl: model.url, folder, patternFile };
}

function firstTurnOf(request: unknown): object {
  if (typeof request !== 'object' || request === null || !('messages' in request)) {
    throw new Error('the request of our own loop is not what it was');
  }
  const messages = Array.isArray(request.messages) ? request.messages.slice(0, 4) : [];
  return { ...request, messages };
}
