import { activityInfo, ApplicationFailure, Context } from '@temporalio/activity';

import { FailureType } from '../../domain/failures.ts';
import type {
  AskForLockInput,
  AskForLockResult,
  LockActivities,
  OpenLockResult,
  ReleaseLocksInput,
  RunLockActivities,
} from '../../domain/locks/activities.ts';
import { isLockName } from '../../domain/locks/lock-name.ts';
import { parseBreakLock } from '../../domain/messages/lock-messages.ts';
import { holdersOf, loseHolds, type Holder } from '../../storage/locks/lose-holds.ts';
import {
  ensureLock,
  holdsOf,
  lockIdOf,
  lockOfId,
  renewLeases,
  standingOf,
  type LockKey,
} from '../../storage/locks/locks.ts';
import { recordChange } from '../../storage/locks/record-lock.ts';
import { attempt } from '../effects/ledger/attempt.ts';
import type { StopWatcher } from '../effects/perform/stop-watcher.ts';
import { temporalExecutions } from '../upkeep/repair/temporal-executions.ts';
import { orderBreak } from './break-lock.ts';
import type { LockDependencies } from './lock-dependencies.ts';

/** Signals of the workflow of a lock; `workflows/locks/messages.ts` defines them. */
type LockSignal = 'askForLock' | 'releaseLock';

/** Makes the activities by which runs ask for locks. */
export function createRunLockActivities(
  dependencies: LockDependencies,
  stops: StopWatcher,
): RunLockActivities {
  const short = { stops, run: undefined, ends: 'also-when-lost' } as const;
  return {
    askForLock: async (input) => attempt(async () => askForLock(dependencies, input), short),
    releaseLocks: async (input) => attempt(async () => releaseLocks(input), short),
  };
}

/** Makes the activities of the workflows of locks. Which lock it is says the workflow that calls. */
export function createLockActivities(
  dependencies: LockDependencies,
  stops: StopWatcher,
): LockActivities {
  const { db, leaseMs } = dependencies;
  const short = { stops, run: undefined, ends: 'also-when-lost' } as const;
  return {
    openLock: async () => attempt(async () => openLock(dependencies), short),
    recordLock: async (change) =>
      attempt(
        async () => recordChange(db, await ownLock(dependencies), { ...change, leaseMs }),
        short,
      ),
    lookAtHolders: async ({ mayExpire }) =>
      attempt(async () => lookAtHolders(dependencies, mayExpire), short),
    breakLock: async (value) =>
      attempt(async () => {
        const parsed = parseBreakLock(value);
        if (parsed.type === 'refused') throw notFitting(parsed.reason);
        return orderBreak(dependencies, await ownLock(dependencies), parsed.input);
      }, short),
  };
}

/** Asks for one lock, and keeps the leases of those that the run holds already. */
async function askForLock(
  { db, leaseMs, waitMs }: LockDependencies,
  { run, queue, callId, requestId, name, mode, purpose, held }: AskForLockInput,
): Promise<AskForLockResult> {
  const { tenant, runId } = run;
  if (!isLockName(name)) throw notFitting(`"${name}" is no name of a lock`);
  const lock = { tenant, name };
  await ensureLock(db, lock);
  await renewLeases(db, { tenant, runId, tokens: held }, leaseMs);
  const standing = await standingOf(db, lock, requestId);
  if (standing.type !== 'held') {
    const request = { requestId, runId, callId, mode, purpose };
    await tellLock({ lock, queue }, 'askForLock', request);
  }
  const askAgainMs = held.length > 0 ? leaseMs / 3 : leaseMs;
  return { standing, waitMs, askAgainMs };
}

async function releaseLocks({
  run: { tenant },
  queue,
  locks,
}: ReleaseLocksInput): Promise<{ readonly count: number }> {
  for (const { name, requestId } of locks) {
    await tellLock({ lock: { tenant, name }, queue }, 'releaseLock', { requestId });
  }
  return { count: locks.length };
}

/** Signals the workflow of a lock, and starts it where there is none. */
async function tellLock(
  { lock, queue }: { readonly lock: LockKey; readonly queue: string },
  signal: LockSignal,
  message: object,
): Promise<void> {
  await Context.current().client.workflow.signalWithStart('lockWorkflow', {
    workflowId: lockIdOf(lock),
    taskQueue: queue,
    args: [{}],
    signal,
    signalArgs: [message],
    retry: { maximumAttempts: 1 },
    staticSummary: `lock ${lock.name}`,
  });
}

async function openLock({ db, leaseMs }: LockDependencies): Promise<OpenLockResult> {
  const lock = await lockOfId(db, ownId());
  if (lock === undefined) return { type: 'unknown' };
  return { type: 'opened', lockName: lock.name, holds: await holdsOf(db, lock), leaseMs };
}

/** Takes a lock from runs that ended, and from those whose lease is over. */
async function lookAtHolders(
  dependencies: LockDependencies,
  mayExpire: boolean,
): ReturnType<LockActivities['lookAtHolders']> {
  const { db } = dependencies;
  const lock = await ownLock(dependencies);
  const holders = await holdersOf(db, lock);
  const ended = await Promise.all(holders.map(async (holder) => hasEnded(holder)));
  const dead = holders.filter((_, index) => ended[index]);
  await loseHolds(db, lock, { holds: dead, reason: 'run-ended' });
  if (mayExpire) {
    const late = holders.filter(({ leaseLeftMs }) => leaseLeftMs !== null && leaseLeftMs <= 0);
    const alive = late.filter((holder) => !dead.includes(holder));
    await loseHolds(db, lock, { holds: alive, reason: 'expired' });
  }
  return { holds: await holdsOf(db, lock) };
}

/** A run that was terminated says nothing itself: the server knows. */
async function hasEnded({ runId, firstExecution, hasEnded: isRecorded }: Holder): Promise<boolean> {
  if (isRecorded) return true;
  const executions = temporalExecutions(Context.current().client);
  const seen = await executions.look({ runId, firstExecution });
  return seen.type !== 'open';
}

async function ownLock({ db }: LockDependencies): Promise<LockKey> {
  const lock = await lockOfId(db, ownId());
  if (lock === undefined) throw notYours('nobody ever asked for it');
  return lock;
}

/** SAFETY: who may reach Temporal can schedule any activity; a lock is changed by its own workflow only. */
function ownId(): string {
  const { workflowExecution, workflowType } = activityInfo();
  const id = workflowExecution?.workflowId ?? '';
  if (workflowType !== 'lockWorkflow' || !id.startsWith('lock/')) throw notYours('it is no lock');
  return id;
}

function notYours(why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `nothing is done for this lock: ${why}`,
    FailureType.runNotYours,
  );
}

function notFitting(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, FailureType.messageInvalid);
}
