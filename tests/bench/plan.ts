import type { Load } from './measures/steps.ts';

/** How much is measured. */
export interface Plan {
  readonly one: { readonly steps: number; readonly pairs: number };
  readonly hundred: Load & { readonly pairs: number };
  readonly costTurns: number;
  readonly deaths: number;
  /** Undefined: the runs of the last round are the ones that wait. */
  readonly waitingRuns: number | undefined;
  /** Whether the history of the bare loop is measured too. */
  readonly bareHistory: 'measured' | 'left-out';
  readonly commands: number;
}

/** Everything, for the documentation. */
export const fullPlan: Plan = {
  one: { steps: 60, pairs: 9 },
  hundred: { runs: 100, steps: 10, pairs: 3, last: 'end' },
  costTurns: 100,
  deaths: 3,
  waitingRuns: 1_000,
  bareHistory: 'measured',
  commands: 50,
};

/** Enough to see a change, in under a minute. */
export const quickPlan: Plan = {
  one: { steps: 20, pairs: 3 },
  hundred: { runs: 100, steps: 2, pairs: 1, last: 'question' },
  costTurns: 20,
  deaths: 1,
  waitingRuns: undefined,
  bareHistory: 'left-out',
  commands: 10,
};
