import { readFileSync } from 'node:fs';

import type { ProcessRef } from '../../domain/settings/instance-record-schema.ts';
import { parseStartTicks } from '../../domain/settings/process-stat.ts';

/** Sends a signal as `process.kill` does; 0 only asks whether the process is there. */
export type SendSignal = (pid: number, signal: NodeJS.Signals | 0) => void;

/** Names a living process so that a later one with the same number is not mistaken for it. */
export function identifyProcess(pid: number): ProcessRef {
  return { pid, startedTicks: readStartTicks(pid) ?? 'unknown' };
}

/**
 * True when the very process that was recorded lives. Without `/proc` only the number can be asked, so there a reused
 * number counts as alive.
 */
export function isProcessAlive(ref: ProcessRef, sendSignal: SendSignal): boolean {
  if (ref.startedTicks !== 'unknown') return readStartTicks(ref.pid) === ref.startedTicks;
  try {
    sendSignal(ref.pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** The `code` of a system error, such as ENOENT; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  // By shape: an error of another realm is no instance of our Error.
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** When a living process started, in clock ticks since boot; undefined when it is gone or there is no `/proc`. */
export function readStartTicks(pid: number): string | undefined {
  try {
    return parseStartTicks(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}
