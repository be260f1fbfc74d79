import { readdirSync, readFileSync } from 'node:fs';
import { kill } from 'node:process';

/** Sends a signal; a process that is already gone is no error. Returns whether it was there. Signal 0 only asks. */
export function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return kill(pid, signal);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
    throw error;
  }
}

/** True for an error of the operating system with this code, such as `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

/** True while a process can still do something: one that only waits to be collected by its parent cannot. */
export function isRunning(pid: number): boolean {
  const state = statOf(String(pid))?.after[0];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** Lists the processes below one, nearest first, as they are at this moment; the process itself is not in it. */
export function descendantsOf(ancestor: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const { pid, parent } of runningProcesses()) {
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found: number[] = [];
  for (let queue = [ancestor]; queue.length > 0;) {
    queue = queue.flatMap((pid) => children.get(pid) ?? []);
    found.push(...queue);
  }
  return found;
}

/** What tells one process from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot, field 22 of /proc/<pid>/stat (proc(5)). */
  readonly startTicks: string;
}

/** Identity of a running process, or undefined when there is none. `'self'` is the asking process. */
export function identityOf(pid: number | 'self'): ProcessIdentity | undefined {
  const fields = statOf(String(pid));
  const startTicks = fields?.after[19];
  if (fields === undefined || startTicks === undefined) return undefined;
  return { pid: fields.pid, startTicks };
}

function runningProcesses(): { pid: number; parent: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const fields = statOf(name);
      return fields === undefined ? [] : [{ pid: fields.pid, parent: Number(fields.after[1]) }];
    });
}

function statOf(name: string): { pid: number; after: readonly string[] } | undefined {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    // The second field is the program's name in brackets and may itself hold spaces and brackets.
    return {
      pid: Number.parseInt(stat, 10),
      after: stat.slice(stat.lastIndexOf(')') + 2).split(' '),
    };
  } catch {
    return undefined;
  }
}
