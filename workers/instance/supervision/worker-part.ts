import { randomUUID } from 'node:crypto';

import { HoldfastError } from '../../../domain/failures.ts';
import { isJsonObject } from '../../../domain/json.ts';
import { describeExit, type RunningChild, startChild } from './child-process.ts';
import type { InstanceLog } from '../instance-log.ts';

/** What a worker process is told, as JSON in `HOLDFAST_WORKER_CONFIG`. */
export interface WorkerConfig {
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly databaseUrl: string;
  readonly home: string;
  /** Unique for each process: the server is told by it which process died. */
  readonly identity: string;
}

/** How the worker of an instance is started. */
export interface WorkerPartOptions {
  /** Arguments of Node: the program, and what loads it. */
  readonly program: readonly string[];
  readonly nodeProgram: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly config: Omit<WorkerConfig, 'identity'>;
  readonly log: InstanceLog;
}

/** A worker process that polls. */
export interface RunningWorker extends RunningChild {
  readonly identity: string;
}

/** Loading the bundle and connecting takes about a second; replaying open runs first may take longer. */
const startLimitMs = 60_000;

/** Starts a worker with an identity of its own and gives it when it says that it polls. */
export async function startWorker(options: WorkerPartOptions): Promise<RunningWorker> {
  const identity = `holdfast-worker-${randomUUID()}`;
  const config: WorkerConfig = { ...options.config, identity };
  let tellReady: (() => void) | undefined;
  const ready = new Promise<'ready'>((resolve) => {
    tellReady = () => resolve('ready');
  });
  const child = startChild({
    file: options.nodeProgram,
    args: options.program,
    environment: { ...options.environment, HOLDFAST_WORKER_CONFIG: JSON.stringify(config) },
    // Work that is cut off is taken up again; a worker that outlives its instance would do it twice.
    deathSignal: 'KILL',
    logFile: options.log.open('worker'),
    onLine: (line) => {
      if (!isReadyLine(line)) return options.log.redact(line);
      tellReady?.();
      return undefined;
    },
  });
  const timer = setTimeout(() => child.signal('SIGKILL'), startLimitMs);
  const outcome = await Promise.race([ready, child.exited]);
  clearTimeout(timer);
  if (outcome === 'ready') return { ...child, identity };
  throw new HoldfastError(
    'unavailable',
    `the worker does not start: it ended with ${describeExit(outcome)}`,
    {
      suggestion: 'see worker.log in the logs of the data folder',
      details: { log: options.log.tail('worker', 10) },
    },
  );
}

function isReadyLine(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return isJsonObject(value) && value['ready'] === true;
  } catch {
    return false;
  }
}
