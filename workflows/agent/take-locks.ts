import { CancellationScope, uuid4, workflowInfo } from '@temporalio/workflow';

import { afterCalls } from '../../domain/agent/reducer.ts';
import type { Move } from '../../domain/agent/next-move.ts';
import {
  areLocksOf,
  lackedLock,
  newCallLocks,
  tokensOf,
  withStanding,
  type AskedLock,
} from '../../domain/locks/call-locks.ts';
import { lockTimeout } from '../../domain/locks/lock-timeout.ts';
import type { PreparedCall } from '../../domain/tools/prepared-call.ts';
import { decoded, locking } from '../run/activities.ts';
import { conditionInTime } from '../run/condition-in-time.ts';
import type { RunDesk } from '../run/run-desk.ts';

/** True while a lock is missing that a call is performed under. */
export function lacksLocks(desk: RunDesk, call: PreparedCall): boolean {
  if (call.locks === undefined || call.locks.length === 0) return false;
  return desk.locks === undefined || lackedLock(desk.locks) !== undefined;
}

/**
 * True for a move that does not need what the run holds or waits for: it is given back first. What a stop leaves is given
 * back when the run is closed, behind its effects.
 */
export function mustGiveBack({ locks }: RunDesk, move: Move): boolean {
  if (locks === undefined || move.type === 'stop') return false;
  if (move.type === 'perform-call') return !areLocksOf(locks, move.call);
  const isAsked = move.type === 'await-approval' && move.approval.callId === locks.callId;
  return !(isAsked && locks.isKept === true);
}

/**
 * Asks for the next lock of a call and waits for it a while; the loop comes back. The clock of the run stands meanwhile.
 * A wait that is over the limit is an answer to the model.
 */
export async function takeNextLock(desk: RunDesk, call: PreparedCall): Promise<undefined> {
  const held = (desk.locks ??= newCallLocks(call, { sinceMs: Date.now(), newId: uuid4 }));
  const lock = lackedLock(held);
  if (lock === undefined) return;
  const { name, mode, requestId } = lock;
  const { askForLock } = locking(`ask for ${name}`);
  const asked = decoded(
    await askForLock({
      run: desk.agent.ref,
      queue: desk.pins.queues.workflow,
      callId: call.callId,
      requestId,
      name,
      mode,
      purpose: call.preview,
      held: tokensOf(held),
    }),
  );
  desk.locks = withStanding(desk.locks, requestId, asked.standing);
  if (hasLock(desk, requestId)) return;
  const leftMs = held.sinceMs + asked.waitMs - Date.now();
  if (leftMs <= 0) {
    const now = lackedLock(desk.locks) ?? lock;
    desk.agent = afterCalls(desk.agent, [lockTimeout(call, now, asked.waitMs)]);
    return;
  }
  await waitForLock(desk, lock, Math.min(leftMs, asked.askAgainMs));
}

async function waitForLock(
  desk: RunDesk,
  { requestId, name }: AskedLock,
  waitMs: number,
): Promise<void> {
  const sinceMs = Date.now();
  desk.refresh();
  const isOver = (): boolean =>
    hasLock(desk, requestId) ||
    desk.isHeld ||
    desk.settlements.length > 0 ||
    workflowInfo().continueAsNewSuggested;
  await conditionInTime(isOver, Math.max(1, Math.ceil(waitMs)), `waiting for ${name}`);
  desk.deadlineMs += Date.now() - sinceMs;
  desk.refresh();
}

function hasLock({ locks }: RunDesk, requestId: string): boolean {
  return (
    locks?.locks.some((lock) => lock.requestId === requestId && lock.fence !== undefined) === true
  );
}

/** Gives back what the run holds and waits for. */
export async function giveLocksBack(desk: RunDesk): Promise<undefined> {
  const { locks } = desk;
  if (locks === undefined) return;
  desk.locks = undefined;
  const names = locks.locks.map(({ name }) => name).join(', ');
  const { releaseLocks } = locking(`release ${names}`.slice(0, 200));
  const given = {
    run: desk.agent.ref,
    queue: desk.pins.queues.workflow,
    locks: locks.locks.map(({ name, requestId }) => ({ name, requestId })),
  };
  // A cancel that comes now is taken up behind it: others would wait until the end of the run is noticed.
  await CancellationScope.nonCancellable(async () => releaseLocks(given));
}
