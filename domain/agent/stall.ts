import type { CallOutcome } from '../tools/call-outcome.ts';
import type { StallState } from './agent-state.ts';
import { fnv1a64 } from './fnv.ts';

/** Times a stalled agent is told to change its way before it is stopped. */
export const maxReplans = 2;

/** Calls in a row that must be equal, with equal outputs, to count as repetition. */
const ringSize = 3;

/**
 * Counts the outcomes of one activity: progress resets, a batch without progress adds one. Different calls that happen
 * to say the same (three edits, three empty outputs) are no repetition, so the call's digest counts with its output.
 */
export function afterOutcomes(
  stall: StallState,
  outcomes: readonly CallOutcome[],
  digestOf: (callId: string) => string,
): StallState {
  if (outcomes.length === 0) return stall;
  const progressed = outcomes.some((outcome) => outcome.progress);
  const seen = outcomes.map(({ callId, outputHash }) => fnv1a64(digestOf(callId) + outputHash));
  const last = [...stall.last, ...seen].slice(-ringSize);
  return { ...stall, quiet: progressed ? 0 : stall.quiet + 1, last };
}

/** True when the agent made no progress for `threshold` batches, or its last three calls and their outputs are equal. */
export function isStalled(stall: StallState, threshold: number): boolean {
  if (stall.quiet >= threshold) return true;
  return stall.last.length === ringSize && stall.last.every((hash) => hash === stall.last[0]);
}

/** The counters after the agent was told to change its way. */
export function afterReplan(stall: StallState): StallState {
  return { quiet: 0, last: [], replans: stall.replans + 1 };
}
