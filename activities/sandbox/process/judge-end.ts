import type { StopReason } from '../../../domain/effects/launch-records.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import type { GroupHits } from '../control-groups/control-groups.ts';
import { timeoutExitCode, type SandboxOutcome } from '../sandbox-command.ts';
import type { SandboxLimits } from '../sandbox-limits.ts';
import type { ProcessEnd } from './supervised-process.ts';

/** A command that ran this much over its wall time timed out, even if no timer saw it. Milliseconds. */
const timeoutToleranceMs = 50;
const signalBase = 128;
/** 128 + SIGSYS: how seccomp ends a process of a foreign architecture. */
const badSystemCallExitCode = 159;

/** What is known at the end of a command. */
export interface Ending {
  readonly end: ProcessEnd;
  /** Why we ended it ourselves. */
  readonly stopped: StopReason | undefined;
  readonly hits: GroupHits;
}

/** True when bubblewrap gave up before it started the command. */
export function hasFailedToStart({ end, stopped, hits }: Ending): boolean {
  const wasKilled = end.exitCode > signalBase;
  return !end.hasStarted && stopped === undefined && hits.memoryKills === 0 && !wasKilled;
}

/** The error of a command that was never started, out of what bubblewrap says of it. */
export function startFailure(complaint: string): HoldfastError {
  return complaint.includes("Can't chdir")
    ? new HoldfastError('invalid_argument', 'the working folder does not exist in the workspace')
    : new HoldfastError('sandbox_unavailable', `the sandbox did not start: ${complaint}`, {
        suggestion:
          'ask `holdfast doctor`, and check that the workspace can be reached by its user',
      });
}

/** Says how a command ended, and which limit was touched. */
export function judgeEnd(
  { end, stopped, hits }: Ending,
  limits: SandboxLimits,
): Pick<SandboxOutcome, 'status' | 'exitCode' | 'reason'> {
  const { exitCode } = end;
  if (stopped === 'wall-time' || end.durationMs > limits.wallMs + timeoutToleranceMs) {
    const reason = `ended after ${limits.wallMs} ms of wall time`;
    return { status: 'TIMEOUT', exitCode: timeoutExitCode, reason };
  }
  if (stopped === 'storage') {
    const reason = `ended because its files grew over ${limits.storageBytes} bytes`;
    return { status: 'SANDBOX_DENIED', exitCode, reason };
  }
  if (hits.memoryKills > 0) {
    const reason = `processes were killed at ${limits.memoryBytes} bytes of memory`;
    return { status: 'MEM_LIMIT', exitCode, reason };
  }
  if (exitCode === badSystemCallExitCode) {
    return { status: 'SANDBOX_DENIED', exitCode, reason: 'a system call was not allowed' };
  }
  if (!end.hasStarted) {
    return { status: 'INTERNAL_ERROR', exitCode, reason: 'the sandbox was ended from outside' };
  }
  const refused = `forks were refused at ${limits.processes} processes`;
  return { status: 'OK', exitCode, ...(hits.refusedForks > 0 ? { reason: refused } : {}) };
}
