import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

import type { LockState } from '../../domain/locks/lock-state.ts';

// Every input is unknown: what arrives meets a guard of domain/messages first.

/** Puts a wish of a run into the queue. Sent by its activity, which starts the workflow where there is none. */
export const askForLockSignal = defineSignal<[unknown]>('askForLock');
/** Takes a wish back, whether it waits or holds. */
export const releaseLockSignal = defineSignal<[unknown]>('releaseLock');
/** Takes the lock from holders in the name of a person. */
export const breakLockUpdate = defineUpdate<{ readonly fence: number }, [unknown]>('breakLock');
/** Who holds the lock and who waits. */
export const lockStateQuery = defineQuery<LockState>('state');
