import { readFileSync, rmSync, writeFileSync } from 'node:fs';

import { HoldfastError } from '../../domain/failures.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { ProcessRef } from '../../domain/settings/instance-record-schema.ts';
import {
  errorCode,
  identifyProcess,
  isProcessAlive,
  type SendSignal,
} from '../../storage/home/process-identity.ts';

/** A lock to take: its file, the process that takes it, and how to ask whether a process lives. */
export interface LockRequest {
  readonly file: string;
  readonly pid: number;
  readonly sendSignal: SendSignal;
}

/**
 * Makes this process the only supervisor of its data folder; returns how to give that up. A lock of a dead process is
 * taken over.
 *
 * @throws {HoldfastError} conflict when another supervisor lives.
 */
export function takeInstanceLock({ file, pid, sendSignal }: LockRequest): () => void {
  const text = JSON.stringify(identifyProcess(pid));
  for (let attempt = 0; attempt < 5; attempt += 1) {
    try {
      writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    const holder = readHolder(file);
    if (holder !== undefined && isProcessAlive(holder, sendSignal))
      throw alreadyRunning(holder.pid);
    rmSync(file, { force: true });
  }
  throw alreadyRunning(undefined);
}

function readHolder(file: string): ProcessRef | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (!isJsonObject(value)) return undefined;
    const { pid, startedTicks } = value;
    return typeof pid === 'number' && typeof startedTicks === 'string'
      ? { pid, startedTicks }
      : undefined;
  } catch {
    return undefined;
  }
}

function alreadyRunning(pid: number | undefined): HoldfastError {
  const who = pid === undefined ? '' : ` (process ${pid})`;
  return new HoldfastError('conflict', `an instance is already running on this data folder${who}`, {
    suggestion:
      'see it with holdfast status, end it with holdfast down, or set HOLDFAST_HOME for a second one',
  });
}
