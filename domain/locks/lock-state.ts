import type { LockMode } from './lock-name.ts';

/** One wish for a lock. */
export interface LockRequest {
  /** Unique: the same wish asked again is the same. */
  readonly requestId: string;
  readonly runId: string;
  readonly callId: string;
  readonly mode: LockMode;
  /** What for, for people; at most 160 characters. */
  readonly purpose: string;
}

/** One grant that stands. */
export interface LockHold {
  readonly requestId: string;
  readonly runId: string;
  readonly mode: LockMode;
  readonly fence: number;
  /** Time until the lease is over, in milliseconds, when it was looked at; below 0: it is over; null: it has no end. */
  readonly leaseLeftMs: number | null;
}

/** A grant as a run hears of it. */
export interface LockGranted {
  readonly requestId: string;
  readonly name: string;
  readonly fence: number;
}

/** Where a wish stands, as far as it is recorded. */
export type LockStanding =
  | { readonly type: 'held'; readonly fence: number }
  | { readonly type: 'asked' }
  | {
      readonly type: 'waiting';
      /** From 1. */
      readonly place: number;
      /** Keys of the runs that hold it. */
      readonly heldBy: readonly string[];
    };

/** What the workflow of a lock knows: who holds it, and who waits, first come first. */
export interface LockState {
  readonly holds: readonly LockHold[];
  readonly queue: readonly LockRequest[];
  /** Wishes whose owners gave them back or no longer want them, as far as that is not recorded yet. */
  readonly leaving: readonly string[];
  /** True when the places of the queue are not recorded yet. */
  readonly isQueueNew: boolean;
}

/** What is to be recorded in one transaction: who leaves, who gets it, who waits then. */
export interface LockChange {
  readonly leave: readonly string[];
  readonly grant: readonly LockRequest[];
  readonly queue: readonly LockRequest[];
}

/** What was recorded: everybody who holds it now, and wishes of runs that are not open. */
export interface RecordedLock {
  readonly holds: readonly LockHold[];
  readonly refused: readonly string[];
}

/** Most wishes that wait for one lock; whoever comes later asks again until there is room. */
export const maxQueue = 200;
/** Most wishes that are remembered as given back before that is recorded. */
const maxLeaving = 400;

/** A lock that nobody holds or wants. */
export const freeLock: LockState = { holds: [], queue: [], leaving: [], isQueueNew: false };

/** Puts a wish at the end of the queue. One that waits or holds already, or that is given back, changes nothing. */
export function afterRequest(state: LockState, request: LockRequest): LockState {
  const { requestId } = request;
  const isKnown =
    state.leaving.includes(requestId) ||
    [...state.holds, ...state.queue].some((each) => each.requestId === requestId);
  if (isKnown || state.queue.length >= maxQueue) return state;
  return { ...state, queue: [...state.queue, request], isQueueNew: true };
}

/** Takes a wish back, whether it waits or holds. */
export function afterRelease(state: LockState, requestId: string): LockState {
  const queue = state.queue.filter((each) => each.requestId !== requestId);
  const isKnown =
    queue.length < state.queue.length || state.holds.some((hold) => hold.requestId === requestId);
  const isFull = state.leaving.length >= maxLeaving;
  if (!isKnown || isFull || state.leaving.includes(requestId)) return state;
  return { ...state, queue, leaving: [...state.leaving, requestId], isQueueNew: true };
}

/**
 * The next thing to record; undefined when all is recorded and nobody more can have the lock. The first of the queue gets
 * it when nobody holds it, or when both share it, and so on: nobody is overtaken.
 */
export function nextChange(state: LockState): LockChange | undefined {
  const leaving = new Set(state.leaving);
  const modes = state.holds
    .filter(({ requestId }) => !leaving.has(requestId))
    .map(({ mode }) => mode);
  const grant: LockRequest[] = [];
  for (const request of state.queue) {
    if (!fits(request.mode, modes)) break;
    grant.push(request);
    modes.push(request.mode);
  }
  if (grant.length === 0 && leaving.size === 0 && !state.isQueueNew) return undefined;
  return { leave: state.leaving, grant, queue: state.queue.slice(grant.length) };
}

/** True when a lock that is held in these modes can be given to one more. */
export function fits(mode: LockMode, held: readonly LockMode[]): boolean {
  return held.length === 0 || (mode === 'shared' && held.every((each) => each === 'shared'));
}

/** The state once a change is recorded; messages may have come meanwhile. Whoever holds the lock is what was recorded. */
export function afterRecorded(
  state: LockState,
  change: LockChange,
  { holds, refused }: RecordedLock,
): LockState {
  const left = new Set(change.leave);
  const gone = new Set([...refused, ...holds.map(({ requestId }) => requestId)]);
  const queue = state.queue.filter(({ requestId }) => !gone.has(requestId));
  const recorded = change.queue.filter(({ requestId }) => !gone.has(requestId));
  return {
    holds,
    queue,
    leaving: state.leaving.filter((requestId) => !left.has(requestId)),
    isQueueNew: idsOf(queue) !== idsOf(recorded),
  };
}

/** The state once somebody looked who still holds the lock. */
export function withHolds(state: LockState, holds: readonly LockHold[]): LockState {
  return { ...state, holds };
}

/** True when nobody holds or wants the lock, and that is recorded. */
export function isFree({ holds, queue, leaving }: LockState): boolean {
  return holds.length === 0 && queue.length === 0 && leaving.length === 0;
}

function idsOf(queue: readonly LockRequest[]): string {
  return queue.map(({ requestId }) => requestId).join(' ');
}
