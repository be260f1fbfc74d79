/** What a supervisor writes down before it starts its command. */
export interface StartedRecord {
  /** Boot id of the host. */
  readonly boot: string;
  /** Time since that boot. Seconds, in steps of 0.01 (proc(5), uptime). */
  readonly beganAtSeconds: number;
  /** The supervisor's line of /proc/<pid>/stat. */
  readonly stat: string;
  /** What its starter wanted to be kept: one line. */
  readonly plan: string;
}

/** What a supervisor writes down when its command has ended. */
export interface ExitRecord {
  /** Exit code of the outermost process; 128 + n after signal n. */
  readonly exitCode: number;
  /** Time since boot. Seconds. */
  readonly endedAtSeconds: number;
  /** Processes the kernel killed for want of memory. */
  readonly memoryKills: number;
  /** Forks refused by the process limit. */
  readonly refusedForks: number;
}

/** Why a command was ended; `lost` when no worker showed itself for longer than the lease. */
export type StopReason = 'wall-time' | 'abort' | 'storage' | 'lost';

/** Reads what stands in the file `started`; undefined while it is not written to its end. */
export function parseStartedRecord(text: string): StartedRecord | undefined {
  const [boot = '', began = '', stat = '', plan = '', rest] = text.split('\n');
  if (boot === '' || stat === '' || plan === '' || rest !== '' || !isNumber(began)) {
    return undefined;
  }
  return { boot, beganAtSeconds: Number(began), stat, plan };
}

/** Reads what stands in the file `exit`; undefined for anything a supervisor would not write. */
export function parseExitRecord(text: string): ExitRecord | undefined {
  const numbers = text.trimEnd().split(' ');
  if (!text.endsWith('\n') || numbers.length !== 4 || !numbers.every(isNumber)) return undefined;
  const [exitCode = 0, endedAtSeconds = 0, memoryKills = 0, refusedForks = 0] = numbers.map(Number);
  return { exitCode, endedAtSeconds, memoryKills, refusedForks };
}

/** Reads what stands in the file `stop`; undefined when nobody ended the command. */
export function parseStopReason(text: string): StopReason | undefined {
  const reasons: readonly StopReason[] = ['wall-time', 'abort', 'storage', 'lost'];
  return reasons.find((reason) => reason === text.trimEnd());
}

function isNumber(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text);
}
