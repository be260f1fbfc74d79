import { setTimeout as sleep } from 'node:timers/promises';

import { HoldfastError } from '../../../domain/failures.ts';
import type { HoldfastClient } from '../../holdfast-client.ts';

/** A worker that polls takes a run up, or refuses it, in well under a second (measured: 0.2 to 0.5 s on two cores). */
const patienceMs = 3_000;
const pollMs = 50;

/**
 * Waits a moment for a run to begin. False when no worker has taken it up by then.
 *
 * @throws {HoldfastError} why the run cannot begin, such as a model or a folder that is not there.
 */
export async function awaitBegin(client: HoldfastClient, runId: string): Promise<boolean> {
  const endMs = performance.now() + patienceMs;
  do {
    try {
      await client.getRun(runId);
      return true;
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'unavailable') throw error;
    }
    await sleep(pollMs);
  } while (performance.now() < endMs);
  return false;
}
