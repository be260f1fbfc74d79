import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';

/** A worker process that polls. */
export interface WorkerProcess {
  readonly pid: number;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Settles when the process is gone and reaped. */
  readonly exited: Promise<void>;
}

/** How a worker process is started. */
export interface WorkerProcessOptions {
  /** Arguments of Node. */
  readonly program: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Becomes the program, so that the process number stays. Part of util-linux. */
const setpriv = '/usr/bin/setpriv';

/** Starts a worker and settles when it says that it polls. */
export async function startWorkerProcess({
  program,
  config,
  environment = {},
}: WorkerProcessOptions): Promise<WorkerProcess> {
  const identity = `bench-worker-${randomUUID()}`;
  // It dies with the benchmark, however that ends.
  const prefix = existsSync(setpriv) ? [setpriv, '--pdeathsig', 'KILL'] : [];
  const [file = process.execPath, ...args] = [...prefix, process.execPath, ...program];
  const child = spawn(file, args, {
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      ...environment,
      HOLDFAST_WORKER_CONFIG: JSON.stringify({ ...config, identity }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4_000);
  });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('"ready":true')) resolve();
    });
    void exited.then(() => reject(new Error(`the worker ended before it was ready: ${errors}`)));
  });
  return { pid: child.pid ?? 0, kill: (signal) => void child.kill(signal), exited };
}
