import { setTimeout as delay } from 'node:timers/promises';

import type { CommandContext } from '../command-context.ts';

/** After a first Ctrl-C a second one within this time cancels the run, in milliseconds. */
const secondPressMs = 2_000;

/** Ctrl-C while a run is watched: once leaves it, twice cancels it. */
export interface Interrupts {
  /** Aborted by the first. */
  readonly signal: AbortSignal;
  /** As if the person had pressed Ctrl-C; prompts take the key themselves. */
  readonly press: () => void;
  /** Waits for the second; false when it did not come. SIGTERM waits for none. */
  readonly isPressedAgain: () => Promise<boolean>;
  readonly stop: () => void;
}

/** Listens for Ctrl-C until `stop`. */
export function listenForInterrupts(context: CommandContext): Interrupts {
  const first = new AbortController();
  const second = new AbortController();
  let isTerminated = false;
  const press = (): void => {
    if (first.signal.aborted) second.abort();
    else first.abort();
  };
  const stop = context.onInterrupt((name) => {
    if (name === 'SIGTERM') isTerminated = true;
    press();
  });
  return {
    signal: first.signal,
    press,
    isPressedAgain: async () => {
      if (!isTerminated) {
        await delay(secondPressMs, undefined, { signal: second.signal }).catch(() => undefined);
      }
      return second.signal.aborted;
    },
    stop,
  };
}
