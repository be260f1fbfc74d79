import type { InstanceOptions } from '../instance-options.ts';
import type { RunningChild } from './child-process.ts';
import { recoverRuns } from './recover-runs.ts';
import { type SupervisedPart, supervisePart } from './supervise-part.ts';
import { type RunningWorker, startWorker, type WorkerConfig } from './worker-part.ts';

/** What the worker of an instance works for. */
export interface SuperviseWorkerOptions {
  readonly instance: InstanceOptions;
  readonly program: readonly string[];
  readonly config: Omit<WorkerConfig, 'identity'>;
  readonly onChange: () => void;
}

/** Starts the worker, restarts it when it dies, and tells Temporal at once which process is gone. */
export function superviseWorker(options: SuperviseWorkerOptions): Promise<SupervisedPart> {
  const { instance, program, config, onChange } = options;
  const { log, environment, nodeProgram } = instance;
  const identities = new WeakMap<RunningChild, string>();
  const dead: string[] = [];

  const start = async (): Promise<RunningWorker> => {
    const worker = await startWorker({ program, nodeProgram, environment, config, log });
    identities.set(worker, worker.identity);
    return worker;
  };
  const tell = async (identity: string): Promise<void> => {
    const count = await tellTemporal(config, identity);
    log.write('runs-recovered', { worker: identity, ...count });
  };
  const tellAll = (): void => {
    // The last task that the server handed to the dead process may have been on its way: asked again.
    for (const identity of dead.splice(0)) void tell(identity).catch(logFailure);
  };
  const logFailure = (error: unknown): void =>
    log.write('runs-not-recovered', {
      reason: error instanceof Error ? error.message : String(error),
    });

  return supervisePart(
    {
      name: 'worker',
      start,
      // Called when the process is reaped: from here on it can do nothing any more.
      onDeath: (worker) => {
        const identity = identities.get(worker);
        if (identity === undefined) return;
        identities.delete(worker);
        dead.push(identity);
        void tell(identity).catch(logFailure);
      },
      onRestarted: () => {
        tellAll();
        onChange();
      },
      onGiveUp: instance.onGiveUp,
    },
    log,
  );
}

async function tellTemporal(
  { temporalAddress: address, namespace }: SuperviseWorkerOptions['config'],
  identity: string,
): Promise<object> {
  const { awaitTemporal } = await import('../servers/await-temporal.ts');
  // The server may have died with the worker: it is waited for.
  const connection = await awaitTemporal({
    address,
    namespace,
    timeoutMs: 60_000,
    lost: () => undefined,
  });
  try {
    return await recoverRuns({ connection, namespace, identity });
  } finally {
    await connection.close();
  }
}
