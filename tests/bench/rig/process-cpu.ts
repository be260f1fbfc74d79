import { readdirSync, readFileSync } from 'node:fs';

/** Kernel ticks of a second in /proc: USER_HZ, 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

interface ProcessTicks {
  readonly pid: number;
  readonly parent: number;
  /** Of the process itself and of children that it has waited for. */
  readonly ticks: number;
}

/** Processor time that a process and everything below it have used so far, in milliseconds. */
export function cpuOfTree(root: number): number {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readTicks(Number(name)) ?? []);
  const members = new Set([root]);
  for (let size = 0; size !== members.size;) {
    size = members.size;
    for (const { pid, parent } of all) if (members.has(parent)) members.add(pid);
  }
  const ticks = all
    .filter(({ pid }) => members.has(pid))
    .reduce((sum, { ticks: own }) => sum + own, 0);
  return (ticks * 1_000) / ticksPerSecond;
}

function readTicks(pid: number): ProcessTicks | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold blanks; fields are counted from the one behind it, state, which is the third.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const at = (number: number): number => Number(fields[number - 3]);
    return { pid, parent: at(4), ticks: at(14) + at(15) + at(16) + at(17) };
  } catch {
    return undefined;
  }
}
