import type { Plan } from './plan.ts';
import { measureHeap, measureHeapAround, startMeasuredWorker } from './measures/heap.ts';
import { measureHistory, type TurnGrowth } from './measures/history.ts';
import { measureDeath, type Death } from './measures/resume.ts';
import { measureTurnCost } from './measures/turn-cost.ts';
import { measureSandbox } from './measures/sandbox.ts';
import { measurePairs, type Load, type Pair } from './measures/steps.ts';
import { seededRandom } from './report/statistics.ts';
import type { Results } from './report/results.ts';
import type { Rig } from './rig/rig.ts';

/** What to measure, and where to say how far it is. */
export interface MeasureOptions {
  readonly plan: Plan;
  readonly seed: number;
  readonly progress: (text: string) => void;
  /** Options of Node for the product's worker, such as a profiler. */
  readonly nodeOptions: readonly string[];
}

const turns = [10, 200];

/** Measures everything one after the other, so that nothing disturbs anything. */
export async function measureAll(
  rig: Rig,
  { plan, seed, progress, nodeOptions }: MeasureOptions,
): Promise<Results> {
  const random = seededRandom(seed);
  const { runs } = plan.hundred;
  progress('history of 200 turns');
  const ours = await startMeasuredWorker(rig, { cached: 500, nodeOptions });
  const oursHistory = twoOf(await measureHistory(rig, 'ours', turns));
  // It sends the requests that our own loop has just made.
  const bare = await rig.startBareWorker();
  const workers = { ours, bare };
  const bareHistory =
    plan.bareHistory === 'left-out' ? undefined : twoOf(await measureHistory(rig, 'bare', turns));
  progress('steps of 1 run');
  const load: Load = { runs: 1, steps: plan.one.steps, last: 'end' };
  const { pairs } = plan.one;
  const one = { load, pairs: await measurePairs(rig, workers, { load, pairs, random, progress }) };
  progress('cost of a turn in the database');
  const turnCost = await measureTurnCost(rig, plan.costTurns);
  progress(`steps of ${runs} runs at once`);
  const many = { ...plan.hundred, load: plan.hundred, random, progress };
  const measureMany = async (): Promise<readonly Pair[]> => measurePairs(rig, workers, many);
  const around =
    plan.waitingRuns === undefined
      ? await measureHeapAround(rig, { worker: ours, runs }, measureMany)
      : undefined;
  const hundred = { load: plan.hundred, pairs: around?.result ?? (await measureMany()) };
  // SIGTERM, so that a profiler can write its file.
  for (const worker of [ours, bare]) worker.kill('SIGTERM');
  await Promise.all([ours.exited, bare.exited]);
  progress('death of a worker');
  const deaths: Death[] = [];
  for (let death = 0; death < plan.deaths; death += 1) deaths.push(await measureDeath(rig));
  const waitingRuns = plan.waitingRuns ?? runs;
  progress(`heap of ${waitingRuns} waiting runs`);
  const heapBytesPerWaitingRun = around?.heapBytes ?? (await measureHeap(rig, waitingRuns));
  progress('sandbox');
  const sandbox = await measureSandbox(rig.instance.home, plan.commands);
  const history = { ours: oursHistory, bare: bareHistory };
  const heap = { waitingRuns, heapBytesPerWaitingRun };
  return { seed, one, hundred, history, turnCost, deaths, ...heap, sandbox };
}

function twoOf(growth: readonly TurnGrowth[]): readonly [TurnGrowth, TurnGrowth] {
  const [first, second] = growth;
  if (first === undefined || second === undefined) throw new Error('two turns are measured');
  return [first, second];
}
