import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { hasCode, sendSignal } from '../process/process-tree.ts';

/** A group stays busy for some milliseconds after its last process was killed: the kernel tears it down behind our back. */
const attempts = 100;
const pauseMs = 5;

/** Kills every process of a group and removes its folder; a group that will not go is left for the next start. */
export async function removeGroup(folder: string): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (isRemoved(folder)) return;
    for (const pid of processesIn(folder)) sendSignal(pid, 'SIGKILL');
    await delay(pauseMs);
  }
}

/** Removes the empty groups of workers that are gone. Processes still inside belong to a supervisor and are left alone. */
export function removeEmptyGroups(folder: string): void {
  for (const entry of safely(() => readdirSync(folder, { withFileTypes: true })) ?? []) {
    if (entry.isDirectory()) isRemoved(join(folder, entry.name));
  }
  isRemoved(folder);
}

function isRemoved(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return hasCode(error, 'ENOENT');
  }
}

function processesIn(folder: string): number[] {
  const text = safely(() => readFileSync(join(folder, 'cgroup.procs'), 'utf8')) ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '' && line !== '0')
    .map(Number);
}

function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
