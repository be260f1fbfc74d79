import { HoldfastError } from '../../../domain/failures.ts';
import type { RunSummary } from '../../runs-client.ts';

/** Says what a run does, or waits for, that has to end before its result is there. */
export function notEnded({ key, status, message }: RunSummary): HoldfastError {
  if (status === 'paused') {
    const why = message === null ? '' : `: ${message}`;
    return new HoldfastError('conflict', `run ${key} is paused and has not ended${why}`, {
      suggestion: `let it go on with: holdfast runs resume ${key}`,
    });
  }
  if (status === 'awaiting_approval') {
    return new HoldfastError('conflict', `run ${key} waits for a person and has not ended`, {
      suggestion: 'see what it waits for with: holdfast inbox',
    });
  }
  return new HoldfastError('conflict', `run ${key} is still working`, {
    suggestion: `watch it with: holdfast runs watch ${key}`,
  });
}
