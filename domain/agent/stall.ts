import type { CallOutcome } from '../tools/call-outcome.ts';
import type { StallState } from './agent-state.ts';

/** Times a stalled agent is told to change its way before it is stopped. */
export const maxReplans = 2;

/** Outputs that must be equal in a row to count as repetition. */
const ringSize = 3;

/** Counts the outcomes of one activity: progress resets, a batch without progress adds one. */
export function afterOutcomes(stall: StallState, outcomes: readonly CallOutcome[]): StallState {
  if (outcomes.length === 0) return stall;
  const progressed = outcomes.some((outcome) => outcome.progress);
  const last = [...stall.last, ...outcomes.map((outcome) => outcome.outputHash)].slice(-ringSize);
  return { ...stall, quiet: progressed ? 0 : stall.quiet + 1, last };
}

/** True when the agent made no progress for `threshold` batches, or its last three outputs are equal. */
export function isStalled(stall: StallState, threshold: number): boolean {
  if (stall.quiet >= threshold) return true;
  return stall.last.length === ringSize && stall.last.every((hash) => hash === stall.last[0]);
}

/** The counters after the agent was told to change its way. */
export function afterReplan(stall: StallState): StallState {
  return { quiet: 0, last: [], replans: stall.replans + 1 };
}
