import { setTimeout as wait } from 'node:timers/promises';

import { attemptDelay } from '../../../domain/models/after-fault.ts';
import {
  CallEnded,
  ShuttingDown,
  TransientToolError,
  type PerformContext,
  type ToolResult,
} from '../../tools/tool.ts';

/** Tries after the first one: waits of 2, 4 and 8 s, a fifth more or less. */
const maxRetries = 3;

/**
 * Performs a call again while nothing of it happened and a moment may help. A try that could not end before the time of
 * the call is over is not begun. What is given up is an answer all the same, and says how often it was tried again.
 *
 * @throws {CallEnded} when the signal ends the wait: nothing was done.
 */
export async function withRetries(
  { signal, timeoutMs }: Pick<PerformContext, 'signal' | 'timeoutMs'>,
  perform: (leftMs: number) => Promise<ToolResult>,
  random: () => number = Math.random,
): Promise<ToolResult> {
  const endMs = performance.now() + timeoutMs;
  const leftMs = (): number => endMs - performance.now();
  for (let retries = 0; ; retries += 1) {
    try {
      return await perform(Math.max(1, Math.ceil(leftMs())));
    } catch (error) {
      if (!(error instanceof TransientToolError)) throw error;
      const delayMs = attemptDelay({}, retries + 1, random());
      if (retries >= maxRetries || delayMs >= leftMs()) return givenUp(error, { retries });
      await wait(delayMs, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) continue;
      // The next worker could not tell that nothing was done, so the answer is given here.
      if (signal.reason instanceof ShuttingDown) return givenUp(error, {});
      throw new CallEnded('not-begun', signal.reason);
    }
  }
}

function givenUp(
  { code, message }: TransientToolError,
  tried: Pick<ToolResult, 'retries'>,
): ToolResult {
  return { status: 'error', code, text: message, progress: false, ...tried };
}
