import { setTimeout as wait } from 'node:timers/promises';

/** What a duty is done with. */
export interface DutyWork {
  /** When to end, in milliseconds since 1970. */
  readonly untilMs: number;
  readonly now: () => number;
  /** Aborts when the worker ends or somebody ends the upkeep. */
  readonly signal: AbortSignal;
  /** Time between two looks, in milliseconds. */
  readonly pauseMs: number;
}

/** Looks again and again until the time is over; at least once. Returns how much was done. */
export async function keepDoing(
  { untilMs, now, signal, pauseMs }: DutyWork,
  work: () => Promise<number>,
): Promise<number> {
  let count = 0;
  do {
    signal.throwIfAborted();
    count += await work();
    await wait(Math.max(0, Math.min(pauseMs, untilMs - now())), undefined, { signal });
  } while (now() < untilMs);
  return count;
}
