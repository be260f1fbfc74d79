import { setTimeout as wait } from 'node:timers/promises';

import type { InstanceRecord, ProcessRef } from '../../domain/settings/instance-record-schema.ts';
import { readInstance, removeInstance } from './instance-record.ts';
import { isProcessAlive, type SendSignal } from './process-identity.ts';

/** An orderly end of a database takes a moment; then it is killed. */
const graceMs = 3_000;

/**
 * Ends what an instance left behind whose supervisor was killed, by the recorded process numbers with their start
 * times, and removes its record. On Linux the parts are dead already: the kernel ends them with their supervisor.
 * Returns how many were still there.
 */
export async function endLeftovers(home: string, sendSignal: SendSignal): Promise<number> {
  const state = readInstance(home, sendSignal);
  if (state.type === 'absent' || state.type === 'running') return 0;
  const left = state.type === 'stale' ? livingParts(state.record.parts, sendSignal) : [];
  for (const { process: ref, signal } of left) trySignal(sendSignal, ref.pid, signal);
  const deadline = performance.now() + graceMs;
  for (const { process: ref } of left) {
    while (isProcessAlive(ref, sendSignal) && performance.now() < deadline) await wait(20);
    if (isProcessAlive(ref, sendSignal)) trySignal(sendSignal, ref.pid, 'SIGKILL');
  }
  removeInstance(home);
  return left.length;
}

interface Leftover {
  readonly process: ProcessRef;
  readonly signal: NodeJS.Signals;
}

function livingParts(parts: InstanceRecord['parts'], sendSignal: SendSignal): readonly Leftover[] {
  return Object.entries(parts).flatMap(([name, part]) => {
    const ref = part?.process;
    if (ref === undefined || !isProcessAlive(ref, sendSignal)) return [];
    const signal = name === 'worker' ? 'SIGKILL' : name === 'postgres' ? 'SIGINT' : 'SIGTERM';
    return [{ process: ref, signal }];
  });
}

function trySignal(sendSignal: SendSignal, pid: number, signal: NodeJS.Signals): void {
  try {
    sendSignal(pid, signal);
  } catch {
    // It ended by itself meanwhile.
  }
}
