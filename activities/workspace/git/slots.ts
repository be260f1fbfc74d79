/** Runs a piece of work when one of a limited number of places is free; the longest waiting goes first. */
export type Slots = <T>(work: () => Promise<T>) => Promise<T>;

/** Git processes of one worker at once. */
export const gitProcesses = 5;

/** Makes a limit of `count` pieces of work at once. */
export function createSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let free = count;
  const enter = async (): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return;
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return async (work) => {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
