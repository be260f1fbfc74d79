import { codeMeanings } from '../../../domain/failures.ts';
import type { RunStatus } from '../../../domain/run/status.ts';

/** Exit code of a command that would have to wait for a person. */
export const exitWaits = codeMeanings.effect_unknown.exit;

/** Exit code of a command that followed a run to its end: 0 done, 1 ended badly, 124 time-out. */
export function exitCodeOf(status: RunStatus): number {
  if (status === 'completed') return 0;
  return status === 'timed_out' ? codeMeanings.timeout.exit : codeMeanings.execution_error.exit;
}
