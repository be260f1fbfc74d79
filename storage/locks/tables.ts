import type { ColumnType, Generated } from 'kysely';

type NullableTime = ColumnType<Date | null, Date | null | undefined, Date | null>;
type NullableBigint = ColumnType<string | null, number | null | undefined, number | null>;

/** One lock that was ever asked for. */
interface LocksTable {
  tenant: string;
  name: string;
  /** Id of its workflow. */
  lock_id: string;
  /** Number of the newest grant or break; only grows. */
  fence: ColumnType<string, number | undefined, number>;
}

/** One wish for a lock. */
interface LockRequestsTable {
  request_id: string;
  tenant: string;
  name: string;
  run_id: string;
  call_id: string;
  mode: string;
  purpose: string;
  asked_at: Generated<Date>;
  /** From 1; null: it holds the lock. */
  place: number | null;
  /** Null: it waits. */
  fence: NullableBigint;
  granted_at: NullableTime;
  lease_until: NullableTime;
}

/** Tables of this folder. */
export interface LockTables {
  locks: LocksTable;
  lock_requests: LockRequestsTable;
}
