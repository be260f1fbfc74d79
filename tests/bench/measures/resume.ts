import { superviseWorker } from '../../../workers/instance/supervision/supervise-worker.ts';
import { startWorker } from '../../../workers/instance/supervision/worker-part.ts';
import { startRuns, terminateRuns } from '../rig/loops.ts';
import type { Rig } from '../rig/rig.ts';

/** Times of one death, in milliseconds. */
export interface Death {
  /** From kill -9 to the next request at the model. */
  readonly resumeMs: number;
  /** From the start of a worker process to its first poll, with nothing else going on. */
  readonly workerStartMs: number;
}

/** Kills a worker of a supervised instance while it waits for a model, and looks when its run goes on. */
export async function measureDeath(rig: Rig): Promise<Death> {
  const { instance, model, workerProgram: program, workerConfig: config } = rig;
  const supervised = await superviseWorker({
    instance: instance.options,
    program,
    config,
    onChange: () => undefined,
  });
  const turns = 5;
  await model.ask({ type: 'arm', runs: 1, steps: turns }, 'armed');
  const ready = model.next('all-ready');
  const ids = await startRuns(rig, 'ours', { runs: 1, steps: turns });
  await ready;
  const done = model.next('all-done');
  model.send({ type: 'release' });
  await done;
  await model.ask({ type: 'tell-next' }, 'telling');
  const next = model.next('next');
  const killed = performance.now();
  supervised.current().signal('SIGKILL');
  await next;
  const resumeMs = performance.now() - killed;
  await terminateRuns(rig, ids);
  model.send({ type: 'finish', by: 'step' });
  supervised.release();
  supervised.current().signal('SIGKILL');
  await supervised.current().exited;
  return { resumeMs, workerStartMs: await measureStart(rig) };
}

async function measureStart({ instance, workerProgram, workerConfig }: Rig): Promise<number> {
  const { nodeProgram, environment, log } = instance.options;
  const began = performance.now();
  const worker = await startWorker({
    program: workerProgram,
    nodeProgram,
    environment,
    config: workerConfig,
    log,
  });
  const startMs = performance.now() - began;
  worker.signal('SIGKILL');
  await worker.exited;
  return startMs;
}
