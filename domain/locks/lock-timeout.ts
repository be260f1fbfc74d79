import { answeredByWorkflow } from '../agent/answered.ts';
import type { CallOutcome } from '../tools/call-outcome.ts';
import type { PreparedCall } from '../tools/prepared-call.ts';
import type { AskedLock } from './call-locks.ts';

/** The outcome of a call whose locks did not come free in time. */
export function lockTimeout(call: PreparedCall, lock: AskedLock, waitMs: number): CallOutcome {
  const { name, heldBy = [] } = lock;
  const holders = heldBy.length === 0 ? '' : ` (held by run ${heldBy.slice(0, 3).join(', ')})`;
  const waited = Math.round(waitMs / 1_000);
  return answeredByWorkflow(call, {
    status: 'error',
    code: 'lock_unavailable',
    text: `${name} did not come free within ${waited} s${holders}; nothing was done. Do something else first, or call it again to wait once more`,
  });
}
