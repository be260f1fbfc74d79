/** What a run may use at most. Waits for people, pauses and rate limits do not use up time. */
export interface Limits {
  /** Model calls over all agents of the run, 1 or more. */
  readonly maxTurns: number;
  /** Working time in seconds, 1 or more. */
  readonly timeoutSeconds: number;
  /** Cost in micro-units of the currency; null means no limit was set. */
  readonly maxCostMicroUsd: number | null;
  readonly stallDetection: boolean;
  /** Calls without progress after which the run counts as stalled. */
  readonly stallThreshold: number;
}

/** Limits that stay below those of wider scopes: who starts a run sets its own, and loosens nobody else's. */
export function within(
  wanted: Limits,
  wider: readonly Pick<Limits, 'maxTurns' | 'timeoutSeconds' | 'maxCostMicroUsd'>[],
): Limits {
  return {
    ...wanted,
    maxTurns: Math.min(wanted.maxTurns, ...wider.map(({ maxTurns }) => maxTurns)),
    timeoutSeconds: Math.min(wanted.timeoutSeconds, ...wider.map((one) => one.timeoutSeconds)),
    maxCostMicroUsd: least([wanted, ...wider].map((one) => one.maxCostMicroUsd)),
  };
}

function least(amounts: readonly (number | null)[]): number | null {
  const set = amounts.filter((each) => each !== null);
  return set.length === 0 ? null : Math.min(...set);
}
