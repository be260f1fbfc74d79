import type { PreparedCall } from '../tools/prepared-call.ts';
import type { FenceToken, LockMode } from './lock-name.ts';
import type { LockGranted, LockStanding } from './lock-state.ts';

/** One lock of a call, as far as the run knows of it. */
export interface AskedLock {
  readonly name: string;
  readonly mode: LockMode;
  readonly requestId: string;
  /** Set when it was granted. */
  readonly fence?: number;
  /** Place in the queue, from 1, and keys of the runs that hold it; as it was asked last. */
  readonly place?: number;
  readonly heldBy?: readonly string[];
}

/** The locks of the one call that a run takes locks for. They are taken one after the other, in the order of the names. */
export interface CallLocks {
  readonly callId: string;
  /** When the first was asked for, in milliseconds since 1970. */
  readonly sinceMs: number;
  readonly locks: readonly AskedLock[];
  /** Set while nobody knows whether the effect of the call still goes on: they stay locked until somebody settles it. */
  readonly isKept?: true;
}

/** The locks of a call before the first is asked for. */
export function newCallLocks(
  { callId, locks = [] }: Pick<PreparedCall, 'callId' | 'locks'>,
  { sinceMs, newId }: { readonly sinceMs: number; readonly newId: () => string },
): CallLocks {
  const asked = locks.map(({ name, mode }) => ({ name, mode, requestId: newId() }));
  return { callId, sinceMs, locks: asked };
}

/** True when these are the locks that a call needs. */
export function areLocksOf(
  held: CallLocks,
  { callId, locks = [] }: Pick<PreparedCall, 'callId' | 'locks'>,
): boolean {
  const wanted = locks.map(({ name, mode }) => `${mode} ${name}`).join(' ');
  return (
    held.callId === callId &&
    held.locks.map(({ name, mode }) => `${mode} ${name}`).join(' ') === wanted
  );
}

/** The lock that is to be taken next; undefined when all are held. */
export function lackedLock({ locks }: CallLocks): AskedLock | undefined {
  return locks.find(({ fence }) => fence === undefined);
}

/** Proofs of the locks that are held. */
export function tokensOf({ locks }: CallLocks): readonly FenceToken[] {
  return locks.flatMap(({ name, fence }) => (fence === undefined ? [] : [{ name, fence }]));
}

/** Takes over where a wish stands. A grant that was heard of meanwhile stays. */
export function withStanding(
  held: CallLocks,
  requestId: string,
  standing: LockStanding,
): CallLocks {
  return withLock(held, requestId, (lock) => {
    if (lock.fence !== undefined || standing.type === 'asked') return lock;
    if (standing.type === 'held') return { ...lock, fence: standing.fence };
    const { place, heldBy } = standing;
    return { ...lock, place, heldBy };
  });
}

/** Takes over a grant. One that was not asked for changes nothing. */
export function withGranted(held: CallLocks, { requestId, name, fence }: LockGranted): CallLocks {
  return withLock(held, requestId, (lock) =>
    lock.name !== name || lock.fence !== undefined ? lock : { ...lock, fence },
  );
}

function withLock(
  held: CallLocks,
  requestId: string,
  change: (lock: AskedLock) => AskedLock,
): CallLocks {
  const locks = held.locks.map((lock) => (lock.requestId === requestId ? change(lock) : lock));
  return { ...held, locks };
}

/** What a run waits for, in words; undefined when it waits for no lock. */
export function lockWait(held: CallLocks | undefined): string | undefined {
  const lock = held === undefined ? undefined : lackedLock(held);
  return lock === undefined ? undefined : waitInWords(lock);
}

/** A wait for a lock, in words: `waits for host:h1, 2nd in the queue, held by run k1`. */
export function waitInWords({
  name,
  place,
  heldBy = [],
}: Pick<AskedLock, 'name' | 'place' | 'heldBy'>): string {
  const queue = place === undefined ? '' : `, ${ordinal(place)} in the queue`;
  const holders = heldBy.slice(0, 3).join(', ');
  const more = heldBy.length > 3 ? ` and ${heldBy.length - 3} more` : '';
  return `waits for ${name}${queue}${holders === '' ? '' : `, held by run ${holders}${more}`}`;
}

function ordinal(place: number): string {
  const isTeen = place % 100 >= 11 && place % 100 <= 13;
  const ending = isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th');
  return `${place}${ending}`;
}
