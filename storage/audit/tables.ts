import type { ColumnType, Generated } from 'kysely';

type TimeColumn = ColumnType<Date, Date, Date>;
/** Comes as text, goes as a number. */
type SeqColumn = ColumnType<string, number, number>;

/** What is to be audited, written in the transaction of what it tells of. */
interface OutboxTable {
  id: Generated<string>;
  tenant: string;
  /** Empty for what belongs to no run. */
  run_id: string;
  /** Number of the event of the run, or what else happens only once. */
  position: string;
  kind: string;
  at: TimeColumn;
  actor: string;
  subject: string;
  digest: string;
  decision: string | null;
  /** Its number in the chain, once it is there. */
  seq: ColumnType<string | null, never, number>;
}

export interface AuditTable {
  tenant: string;
  seq: SeqColumn;
  at: TimeColumn;
  actor: string;
  kind: string;
  run_id: string;
  subject: string;
  digest: string;
  decision: string | null;
  prev_hash: string;
  hash: string;
  /** The erasure that took the name out of it; null: it is as it was written. */
  erasure: string | null;
}

interface AuditHeadsTable {
  tenant: string;
  seq: SeqColumn;
  hash: string;
}

export interface AuditCheckpointsTable {
  tenant: string;
  seq: SeqColumn;
  hash: string;
  at: TimeColumn;
  key_id: string;
  signature: string;
}

/** How far somebody who follows the chain has come. */
interface AuditReadersTable {
  tenant: string;
  reader: string;
  seq: SeqColumn;
}

/** Tables of this folder. */
export interface AuditTables {
  outbox: OutboxTable;
  audit: AuditTable;
  audit_heads: AuditHeadsTable;
  audit_checkpoints: AuditCheckpointsTable;
  audit_readers: AuditReadersTable;
}
