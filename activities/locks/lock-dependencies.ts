import type { Database } from '../../storage/postgres/database.ts';

/** What locks need. */
export interface LockDependencies {
  readonly db: Database;
  /** Length of a lease, in milliseconds. */
  readonly leaseMs: number;
  /** Longest wait for the locks of a call, in milliseconds. */
  readonly waitMs: number;
  readonly now: () => number;
}

/**
 * Length of a lease, in milliseconds: twenty seconds without a sign of life are three lost renewals, and an attempt on a
 * worker that died is missed after ten (its heartbeat time-out).
 */
export const defaultLeaseMs = 60_000;
