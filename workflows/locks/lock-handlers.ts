import {
  ApplicationFailure,
  condition,
  setDefaultSignalHandler,
  setHandler,
} from '@temporalio/workflow';

import { FailureType } from '../../domain/failures.ts';
import { afterRelease, afterRequest } from '../../domain/locks/lock-state.ts';
import {
  parseBreakLock,
  parseLockRelease,
  parseLockRequest,
} from '../../domain/messages/lock-messages.ts';
import type { LockDesk, PendingBreak } from './lock-desk.ts';
import * as messages from './messages.ts';

/** Registers every message of a lock. Nothing that arrives may throw out of a signal or change state in a validator. */
export function registerLockHandlers(desk: LockDesk): void {
  setHandler(
    messages.askForLockSignal,
    (value) => {
      const parsed = parseLockRequest(value);
      if (parsed.type === 'ok') desk.state = afterRequest(desk.state, parsed.input);
    },
    { description: 'Sent by runs. What does not fit is not heard.' },
  );
  setHandler(
    messages.releaseLockSignal,
    (value) => {
      const parsed = parseLockRelease(value);
      if (parsed.type === 'ok') desk.state = afterRelease(desk.state, parsed.input.requestId);
    },
    { description: 'Sent by runs: {"requestId": "…"}' },
  );
  setHandler(messages.breakLockUpdate, async (value) => broken(desk, value), {
    validator: (value) => {
      const parsed = parseBreakLock(value);
      if (parsed.type === 'refused') throw invalid(parsed.reason);
    },
    description:
      'Take the lock from holders, signed by a person: {"fences": [7], "reason": "…", "decisionId": "…", "by": "…", "proof": {…}}',
  });
  setHandler(messages.lockStateQuery, () => desk.state, {
    description: 'Who holds the lock and who waits.',
  });
  // What nobody knows is not heard.
  setDefaultSignalHandler(() => undefined);
}

async function broken(desk: LockDesk, value: unknown): Promise<{ readonly fence: number }> {
  const parsed = parseBreakLock(value);
  if (parsed.type === 'refused') throw invalid(parsed.reason);
  if (desk.breaks.length >= maxBreaks) {
    throw ApplicationFailure.nonRetryable(
      'too many orders wait already',
      FailureType.messageQueueFull,
    );
  }
  const pending: PendingBreak = { input: parsed.input };
  desk.breaks.push(pending);
  await condition(() => pending.answer !== undefined);
  const { answer } = pending;
  if (answer?.type === 'broken') return { fence: answer.fence };
  if (answer?.type !== 'refused') {
    throw ApplicationFailure.nonRetryable('nobody holds this lock', 'conflict');
  }
  const { suggestion } = answer;
  throw ApplicationFailure.nonRetryable(
    answer.message,
    answer.code,
    suggestion === undefined ? {} : { suggestion },
  );
}

/** Most orders that wait. */
const maxBreaks = 20;

function invalid(reason: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(reason, FailureType.messageInvalid);
}
