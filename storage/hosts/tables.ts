import type { ColumnType } from 'kysely';

type Time = ColumnType<Date, Date | undefined, Date>;

interface HostsTable {
  host_id: string;
  /** Name that the workspaces of runs carry. */
  name: string;
  /** Text of JSON that goes in; the driver parses it on the way out. */
  metrics: ColumnType<unknown, string, string>;
  threshold: number;
  registered_at: Time;
  reported_at: Time;
}

/** Tables of this folder. */
export interface HostTables {
  hosts: HostsTable;
}
