import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  proxyActivities,
  setWorkflowOptions,
  workflowInfo,
} from '@temporalio/workflow';

import { isJsonObject } from '../../domain/json.ts';
import type { LockActivities } from '../../domain/locks/activities.ts';
import {
  afterRecorded,
  afterRelease,
  isFree,
  nextChange,
  withHolds,
  type LockChange,
} from '../../domain/locks/lock-state.ts';
import { decoded } from '../run/activities.ts';
import { lockGrantedSignal } from '../run/messages.ts';
import { LockDesk, type LockCarry } from './lock-desk.ts';
import { registerLockHandlers } from './lock-handlers.ts';

/** Short transactions, and a look at a few runs: attempts are without end, for a lock has nobody to give up to. */
const locks = proxyActivities<LockActivities>({
  startToCloseTimeout: '15 seconds',
  retry: {
    initialInterval: '200 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '10 seconds',
  },
});

/**
 * Gives one lock to runs, first come first, alone or shared; takes it back when they say so, when they ended, when their
 * lease is over, and when a person breaks it. PostgreSQL judges every grant and keeps the number that grows with each.
 * Ends when nobody holds or wants the lock; a cancel is not heard.
 * Takes askForLock, releaseLock, breakLock and the query state.
 * Continues as new when the server suggests it, with holders and queue.
 */
export async function lockWorkflow(input: unknown): Promise<void> {
  const desk = new LockDesk(carriedBy(input));
  registerLockHandlers(desk);
  const { attempt, cronSchedule } = workflowInfo();
  if (attempt !== 1 || cronSchedule !== undefined) {
    throw ApplicationFailure.nonRetryable(
      'a lock is started by who asks for it',
      'invalid_argument',
    );
  }
  await CancellationScope.nonCancellable(async () => serve(desk));
}

setWorkflowOptions({ failureExceptionTypes: [Error] }, lockWorkflow);

/** What the execution before this one carried. Anybody can start a workflow with any input: only our own chain is believed. */
function carriedBy(input: unknown): LockCarry | undefined {
  if (workflowInfo().continuedFromExecutionRunId === undefined) return undefined;
  return hasCarry(input) ? input.carry : undefined;
}

function hasCarry(input: unknown): input is { readonly carry: LockCarry } {
  return isJsonObject(input) && isJsonObject(input['carry']);
}

async function serve(desk: LockDesk): Promise<void> {
  if (!desk.isOpen && !(await open(desk))) return;
  for (;;) {
    const change = nextChange(desk.state);
    if (desk.breaks.length > 0) await breakNext(desk);
    // What is not recorded yet is carried: under traffic without end there would be no better moment.
    else if (workflowInfo().continueAsNewSuggested) await moveOn(desk);
    else if (change !== undefined) await carryOut(desk, change);
    else if (desk.isLookDue) await look(desk);
    else if (!isFree(desk.state)) await desk.waitForNews();
    else if (allHandlersFinished()) return;
    else await handlersToFinish(desk);
  }
}

/** False for a lock that no run has ever asked for: somebody else started this. */
async function open(desk: LockDesk): Promise<boolean> {
  const opened = decoded(await locks.openLock());
  if (opened.type === 'opened') desk.open(opened);
  // Whoever gave an order hears that there is nothing to break.
  else for (const pending of desk.breaks.splice(0)) pending.answer = { type: 'failed' };
  return opened.type === 'opened';
}

async function carryOut(desk: LockDesk, change: LockChange): Promise<void> {
  const recorded = decoded(await desk.inTime(0, async () => locks.recordLock(change)));
  desk.changeTo(afterRecorded(desk.state, change, recorded));
  const fences = new Map(recorded.holds.map(({ requestId, fence }) => [requestId, fence]));
  for (const { requestId, runId } of change.grant) {
    const fence = fences.get(requestId);
    if (fence === undefined) continue;
    const { name } = desk;
    try {
      await getExternalWorkflowHandle(runId).signal(lockGrantedSignal, { requestId, name, fence });
    } catch {
      // The run is not there any more.
      desk.state = afterRelease(desk.state, requestId);
    }
  }
}

/** Looks who still holds the lock. */
async function look(desk: LockDesk): Promise<void> {
  const { mayExpire } = desk;
  const { holds } = decoded(await desk.inTime(0, async () => locks.lookAtHolders({ mayExpire })));
  desk.changeTo(withHolds(desk.state, holds));
}

async function breakNext(desk: LockDesk): Promise<void> {
  const pending = desk.breaks[0];
  if (pending === undefined) return;
  try {
    const answer = decoded(await locks.breakLock(pending.input));
    pending.answer = answer;
    if (answer.type === 'broken') desk.changeTo(withHolds(desk.state, answer.holds));
  } finally {
    desk.breaks.shift();
    pending.answer ??= { type: 'failed' };
  }
}

async function moveOn(desk: LockDesk): Promise<void> {
  await handlersToFinish(desk);
  if (desk.breaks.length > 0) return;
  await continueAsNew<typeof lockWorkflow>({ carry: desk.carry() });
}

/** A half-done update would be lost; those that wait for the loop are answered first. */
async function handlersToFinish(desk: LockDesk): Promise<void> {
  await condition(() => allHandlersFinished() || desk.breaks.length > 0);
}
