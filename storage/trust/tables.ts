import type { ColumnType } from 'kysely';

interface ToolTrustTable {
  tenant: string;
  source: string;
  level: string;
  by_whom: string;
  at: ColumnType<Date, Date | undefined, Date>;
}

/** Tables of this folder. */
export interface TrustTables {
  tool_trust: ToolTrustTable;
}
