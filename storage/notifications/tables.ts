import type { ColumnType, Generated } from 'kysely';

/** One notification for one destination. */
interface NotificationsTable {
  event_id: string;
  destination: string;
  /** The mail address; empty where the destination has one address only. */
  recipient: string;
  tenant: string;
  run_id: string;
  body: ColumnType<unknown, string, string>;
  state: Generated<string>;
  attempts: Generated<number>;
  /** When it is tried next; while it is being sent, when it is given up as lost. */
  next_at: ColumnType<Date, Date | undefined, Date>;
  last_error: string | null;
  created_at: ColumnType<Date, Date | undefined, Date>;
  ended_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

/** Tables of this folder. */
export interface NotificationTables {
  notifications: NotificationsTable;
}
