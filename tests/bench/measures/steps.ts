import { cpuOfTree } from '../rig/process-cpu.ts';
import { startRuns, terminateRuns, type LoopName } from '../rig/loops.ts';
import type { Rig } from '../rig/rig.ts';
import type { WorkerProcess } from '../rig/worker-process.ts';

/** How one loop did in one round. Times of a step, in milliseconds. */
export interface LoopTimes {
  readonly wallMs: number;
  readonly workerCpuMs: number;
  readonly temporalCpuMs: number;
  readonly postgresCpuMs: number;
}

/** Both loops in one round, one after the other. */
export interface Pair {
  readonly ours: LoopTimes;
  readonly bare: LoopTimes;
}

/** The worker of each loop. */
export type LoopWorkers = Readonly<Record<LoopName, WorkerProcess>>;

/** How much is measured at once. */
export interface Load {
  /** Runs at once. */
  readonly runs: number;
  /** Steps of each run. */
  readonly steps: number;
  /** What our own runs do after their steps: end, or ask a person and wait. */
  readonly last: 'end' | 'question';
}

/** Measures pairs; `random` chooses which loop goes first. */
export async function measurePairs(
  rig: Rig,
  workers: LoopWorkers,
  {
    load,
    pairs,
    random,
    progress,
  }: {
    readonly load: Load;
    readonly pairs: number;
    readonly random: () => number;
    readonly progress: (text: string) => void;
  },
): Promise<readonly Pair[]> {
  const measured: Pair[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const first: LoopName = random() < 0.5 ? 'ours' : 'bare';
    const second: LoopName = first === 'ours' ? 'bare' : 'ours';
    const times = new Map<LoopName, LoopTimes>();
    for (const loop of [first, second]) {
      const each = await measureLoop(rig, { loop, worker: workers[loop], load });
      times.set(loop, each);
      progress(`${loop}: ${inWords(each)}`);
    }
    const [ours, bare] = [times.get('ours'), times.get('bare')];
    if (ours !== undefined && bare !== undefined) measured.push({ ours, bare });
  }
  return measured;
}

function inWords({ wallMs, workerCpuMs, temporalCpuMs, postgresCpuMs }: LoopTimes): string {
  const cpu = [workerCpuMs, temporalCpuMs, postgresCpuMs].map((ms) => ms.toFixed(1)).join(' + ');
  return `${wallMs.toFixed(1)} ms a step; CPU ms of worker, Temporal, PostgreSQL: ${cpu}`;
}

/** Measures steps only: runs are started before, and ended after the clock stops. */
async function measureLoop(
  rig: Rig,
  {
    loop,
    worker,
    load,
  }: { readonly loop: LoopName; readonly worker: WorkerProcess; readonly load: Load },
): Promise<LoopTimes> {
  const { model, instance } = rig;
  const { runs, steps } = load;
  await model.ask({ type: 'arm', runs, steps }, 'armed');
  const ready = model.next('all-ready');
  const ids = await startRuns(rig, loop, load);
  await ready;
  const done = model.next('all-done');
  const cpu = (): readonly number[] =>
    [worker.pid, instance.temporalPid, instance.postgresPid].map((pid) => cpuOfTree(pid));
  const before = cpu();
  const began = performance.now();
  model.send({ type: 'release' });
  await done;
  const wallMs = performance.now() - began;
  const after = cpu();
  const count = load.runs * load.steps;
  const [workerCpuMs = 0, temporalCpuMs = 0, postgresCpuMs = 0] = after.map(
    (ms, index) => (ms - (before[index] ?? 0)) / count,
  );
  if (load.last === 'question' && loop === 'ours') model.send({ type: 'finish', by: 'question' });
  else {
    await terminateRuns(rig, ids);
    model.send({ type: 'finish', by: 'step' });
  }
  return { wallMs: wallMs / count, workerCpuMs, temporalCpuMs, postgresCpuMs };
}
