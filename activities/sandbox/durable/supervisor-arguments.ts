import type { SandboxLimits } from '../sandbox-limits.ts';
import { formatPlan, type LaunchPlan } from './launch-plan.ts';

/** Time a command runs on without a sign of life from a worker. Milliseconds. */
export const defaultLeaseMs = 30_000;

/** Longest time between two looks of the supervisor: each costs a start of `sleep`. Milliseconds. */
const longestTickMs = 1_000;
/** Looks in one lease at least. */
const ticksInLease = 10;
const blockBytes = 512;

/** Files in which the kernel counts what hit a limit; absent when no group holds it. */
export interface Counters {
  readonly memoryKills?: string;
  readonly refusedForks?: string;
}

/** Writes the supervisor's own arguments: see supervisor.sh. */
export function supervisorArguments(
  folder: string,
  plan: LaunchPlan,
  { leaseMs, counters }: { readonly leaseMs: number; readonly counters: Counters },
): readonly string[] {
  const tickMs = Math.min(longestTickMs, leaseMs / ticksInLease);
  return [
    folder,
    formatPlan(plan),
    String(tickMs / 1_000),
    String(Math.ceil(leaseMs / tickMs)),
    String(wallTicks(plan.limits, tickMs)),
    String(Math.ceil(plan.limits.outputBytes / blockBytes)),
    counters.memoryKills ?? '',
    counters.refusedForks ?? '',
  ];
}

/** A worker ends a command in time. The supervisor does it later, when there is none, and never before. */
function wallTicks({ wallMs }: SandboxLimits, tickMs: number): number {
  return Math.ceil(wallMs / tickMs) + 2;
}
