import type { ColumnType, Generated } from 'kysely';

/** What happened to a whole installation. */
interface TenantEventsTable {
  /** Grows; may have gaps. */
  event_id: Generated<string>;
  tenant: string;
  type: string;
  at: ColumnType<Date, Date | undefined, Date>;
  actor: string;
  /** Empty for what no run brought about. */
  run_id: Generated<string>;
  data: ColumnType<unknown, string, string>;
}

/** Tables of this folder. */
export interface TenantEventTables {
  tenant_events: TenantEventsTable;
}
