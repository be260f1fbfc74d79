import type { Limits } from '../run/limits.ts';
import type { StopReason } from '../run/status.ts';
import type { AgentState } from './agent-state.ts';
import { isStalled, maxReplans } from './stall.ts';

/** What the loop knows besides the agent's state. */
export interface MoveContext {
  readonly limits: Limits;
  readonly deadlineMs: number;
  readonly nowMs: number;
}

/**
 * Shortest time-out an activity may get, in milliseconds: Temporal rejects a negative one for ever and takes zero
 * as unlimited, so a run with less time left stops.
 */
export const shortestTimeoutMs = 1_000;

/** Why the agent must stop now, or undefined when it may go on. Turns count only when another one would begin. */
export function stopReason(agent: AgentState, context: MoveContext): StopReason | undefined {
  const { limits, deadlineMs, nowMs } = context;
  if (deadlineMs - nowMs < shortestTimeoutMs) return 'time';
  if (limits.stallDetection && isStalled(agent.stall, limits.stallThreshold)) {
    if (agent.stall.replans >= maxReplans) return 'stall';
  }
  return undefined;
}
