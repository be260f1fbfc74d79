import type { AgentRef } from '../run/run-input.ts';
import type { FenceToken, LockMode } from './lock-name.ts';
import type { LockChange, LockHold, LockStanding, RecordedLock } from './lock-state.ts';

/** What a run does about locks. Implemented in activities/locks. */
export interface RunLockActivities {
  /** Asks the workflow of a lock, starts it where there is none, and keeps what the run holds already. */
  readonly askForLock: (input: AskForLockInput) => Promise<AskForLockResult>;
  /** Gives wishes back, whether they wait or hold. */
  readonly releaseLocks: (input: ReleaseLocksInput) => Promise<{ readonly count: number }>;
}

/** One wish of a run; `requestId` makes a repeat harmless. */
export interface AskForLockInput {
  readonly run: AgentRef;
  /** Task Queue of workflows. */
  readonly queue: string;
  readonly callId: string;
  readonly requestId: string;
  readonly name: string;
  readonly mode: LockMode;
  /** What for, for people; at most 160 characters. */
  readonly purpose: string;
  /** What the run holds for the same call: these leases are renewed. */
  readonly held: readonly FenceToken[];
}

export interface AskForLockResult {
  readonly standing: LockStanding;
  /** Longest wait for all locks of a call, in milliseconds. */
  readonly waitMs: number;
  /** When to ask again, in milliseconds: it renews what is held, and finds a queue that was lost. */
  readonly askAgainMs: number;
}

export interface ReleaseLocksInput {
  readonly run: AgentRef;
  readonly queue: string;
  readonly locks: readonly { readonly name: string; readonly requestId: string }[];
}

/** What the workflow of a lock does; which lock it is says its Workflow Id. Implemented in activities/locks. */
export interface LockActivities {
  /** What is recorded of the lock; `unknown` when no run has ever asked for it. */
  readonly openLock: () => Promise<OpenLockResult>;
  /** Records a change; grants get their fences. A grant that does not fit what is recorded is not made. */
  readonly recordLock: (change: LockChange) => Promise<RecordedLock>;
  /** Takes the lock from runs that ended and, if it may, from those whose lease is over. Returns who holds it. */
  readonly lookAtHolders: (input: {
    readonly mayExpire: boolean;
  }) => Promise<{ readonly holds: readonly LockHold[] }>;
  /** Takes the lock from holders because a person says so. */
  readonly breakLock: (asked: BreakLockInput) => Promise<BreakLockResult>;
}

export type OpenLockResult =
  | {
      readonly type: 'opened';
      readonly lockName: string;
      readonly holds: readonly LockHold[];
      /** Length of a lease, in milliseconds. */
      readonly leaseMs: number;
    }
  | { readonly type: 'unknown' };

/** A person's order to take a lock from its holders. */
export interface BreakLockInput {
  /** Fences of the grants that end: one that was made since is left alone. */
  readonly fences: readonly number[];
  readonly reason: string;
  readonly decisionId: string;
  readonly by: string;
  readonly proof?: { readonly keyId: string; readonly at: string; readonly signature: string };
}

export type BreakLockResult =
  | {
      readonly type: 'broken';
      /** Number of the lock now. */
      readonly fence: number;
      readonly holds: readonly LockHold[];
    }
  | {
      readonly type: 'refused';
      readonly code: 'permission_denied' | 'conflict';
      readonly message: string;
      readonly suggestion?: string;
    };
