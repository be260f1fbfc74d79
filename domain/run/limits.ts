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
