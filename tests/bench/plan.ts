/** How much is measured. */
export interface Plan {
  readonly one: { readonly steps: number; readonly pairs: number };
  readonly hundred: { readonly runs: number; readonly steps: number; readonly pairs: number };
  readonly deaths: number;
  readonly waitingRuns: number;
  readonly commands: number;
}

/** Everything, for the documentation. */
export const fullPlan: Plan = {
  one: { steps: 100, pairs: 11 },
  hundred: { runs: 100, steps: 20, pairs: 5 },
  deaths: 5,
  waitingRuns: 1_000,
  commands: 50,
};

/** Enough to see a change, in under a minute. */
export const quickPlan: Plan = {
  one: { steps: 25, pairs: 5 },
  hundred: { runs: 100, steps: 3, pairs: 1 },
  deaths: 1,
  waitingRuns: 100,
  commands: 10,
};
