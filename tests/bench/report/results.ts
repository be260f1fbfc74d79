import type { Death } from '../measures/resume.ts';
import type { TurnGrowth } from '../measures/history.ts';
import type { SandboxTimes } from '../measures/sandbox.ts';
import type { Load, LoopTimes, Pair } from '../measures/steps.ts';
import type { TurnCost } from '../measures/turn-cost.ts';
import { spreadOf, type Spread } from './statistics.ts';

/** Pairs under one load. */
export interface PairedRounds {
  readonly load: Load;
  readonly pairs: readonly Pair[];
}

/** Everything that one run of the benchmark measured. */
export interface Results {
  readonly seed: number;
  readonly one: PairedRounds;
  readonly hundred: PairedRounds;
  readonly history: {
    readonly ours: readonly [TurnGrowth, TurnGrowth];
    /** Undefined when it was left out. */
    readonly bare: readonly [TurnGrowth, TurnGrowth] | undefined;
  };
  readonly turnCost: TurnCost;
  readonly deaths: readonly Death[];
  readonly waitingRuns: number;
  readonly heapBytesPerWaitingRun: number;
  readonly sandbox: SandboxTimes;
}

/** The short form that programs read. Ratios are ours by bare: 1.5 means that ours takes half as much again. */
export interface Summary {
  readonly stepRatio: { readonly one: number; readonly hundred: number };
  readonly cpuRatio: { readonly one: number; readonly hundred: number };
  readonly historyBytesPerTurn: { readonly turn10: number; readonly turn200: number };
  /** What the database does for one turn with one effect. */
  readonly turnCost: {
    readonly commits: number;
    /** Commits that wait for the disk: never more than two. */
    readonly synchronousCommits: number;
    readonly databaseMs: number;
    readonly walBytes: number;
  };
  readonly resumeMs: number;
  readonly workerStartMs: number;
  readonly heapBytesPerWaitingRun: number;
  readonly sandboxMs: number;
  /** A command that outlives its worker. */
  readonly durableSandboxMs: number;
}

/** Time of a step, ours by bare, over the pairs. */
export function stepRatio({ pairs }: PairedRounds): Spread {
  return spreadOf(pairs.map(({ ours, bare }) => ours.wallMs / bare.wallMs));
}

/** CPU of worker and Temporal server of a step, ours by bare; `also` adds what PostgreSQL uses. */
export function cpuRatio(
  { pairs }: PairedRounds,
  counted: 'without-postgres' | 'with-postgres' = 'without-postgres',
): Spread {
  const cpu = (times: LoopTimes): number =>
    times.workerCpuMs +
    times.temporalCpuMs +
    (counted === 'with-postgres' ? times.postgresCpuMs : 0);
  return spreadOf(pairs.map(({ ours, bare }) => cpu(ours) / cpu(bare)));
}

/** Sums up by medians. */
export function summaryOf(results: Results): Summary {
  const { one, hundred, history, turnCost, deaths, sandbox } = results;
  const [turn10, turn200] = history.ours;
  return {
    stepRatio: {
      one: rounded(stepRatio(one).median),
      hundred: rounded(stepRatio(hundred).median),
    },
    cpuRatio: { one: rounded(cpuRatio(one).median), hundred: rounded(cpuRatio(hundred).median) },
    historyBytesPerTurn: { turn10: Math.round(turn10.bytes), turn200: Math.round(turn200.bytes) },
    turnCost: {
      commits: rounded(turnCost.commits),
      synchronousCommits: rounded(turnCost.synchronousCommits),
      databaseMs: rounded(turnCost.databaseMs),
      walBytes: Math.round(turnCost.walBytes),
    },
    resumeMs: Math.round(spreadOf(deaths.map(({ resumeMs }) => resumeMs)).median),
    workerStartMs: Math.round(spreadOf(deaths.map(({ workerStartMs }) => workerStartMs)).median),
    heapBytesPerWaitingRun: Math.round(results.heapBytesPerWaitingRun),
    sandboxMs: rounded(spreadOf(sandbox.inside).median),
    durableSandboxMs: rounded(spreadOf(sandbox.durable).median),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
