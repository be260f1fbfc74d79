import type { LockMode } from '../domain/locks/lock-name.ts';

/** What people and programs can do about locks. They are named as in `host:h1`. */
export interface LocksClient {
  /** Locks that somebody holds or waits for, by name. */
  readonly list: () => Promise<readonly LockView[]>;
  /** @throws {HoldfastError} not_found for a lock that nobody ever asked for. */
  readonly show: (name: string) => Promise<LockView>;
  /**
   * Takes a lock from these holders; it takes the role operator or admin.
   *
   * @throws {HoldfastError} conflict when none of them holds it any more; permission_denied, which is audited.
   */
  readonly break: (order: BreakOrder) => Promise<{ readonly fence: number }>;
}

export interface BreakOrder {
  readonly name: string;
  /** Fences of the grants that end. */
  readonly fences: readonly number[];
  readonly reason: string;
}

/** One lock. */
export interface LockView {
  readonly name: string;
  /** Its workflow. */
  readonly lockId: string;
  /** Number of the newest grant or break. */
  readonly fence: number;
  readonly holders: readonly LockHolder[];
  /** First come first. */
  readonly queue: readonly LockWaiter[];
}

interface LockUser {
  readonly runId: string;
  readonly runKey: string;
  readonly callId: string;
  readonly mode: LockMode;
  /** What for. */
  readonly purpose: string;
}

export interface LockHolder extends LockUser {
  readonly fence: number;
  /** ISO 8601. */
  readonly since: string;
}

export interface LockWaiter extends LockUser {
  /** From 1. */
  readonly place: number;
  /** ISO 8601. */
  readonly since: string;
}
