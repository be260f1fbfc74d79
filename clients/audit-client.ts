import type { AuditFailuresQuery, AuditQuery } from '../domain/audit/audit-query-schema.ts';
import type { CallRecord } from '../domain/audit/call-audit.ts';
import type { CallQuery } from '../domain/audit/call-query-schema.ts';
import type { AuditCheckpoint, AuditRecord } from '../domain/audit/audit-record.ts';
import type { JsonObject } from '../domain/json.ts';

/** What people and programs can do with the audit. */
export interface AuditClient {
  /** Looks at every record from a number on. @throws {HoldfastError} not_found when the chain ends before it. */
  readonly verify: (from: number) => Promise<AuditReport>;
  /** Records that fit every condition given, newest first. @throws {HoldfastError} invalid_argument with the range. */
  readonly query: (query: Partial<AuditQuery>) => Promise<AuditPage>;
  /** What went wrong, newest first. @throws {HoldfastError} invalid_argument with the range. */
  readonly failures: (query: Partial<AuditFailuresQuery>) => Promise<AuditPage>;
  /** What happened to the whole installation, newest first, with the details that records leave out. */
  readonly events: (limit: number) => Promise<readonly InstallationEvent[]>;
  /** Calls of models that fit every condition, newest first. @throws {HoldfastError} invalid_argument with the field. */
  readonly calls: (query: Partial<CallQuery>) => Promise<readonly CallRecord[]>;
  /** Every call that fits, oldest first; `limit` does not count. @throws {HoldfastError} invalid_argument with the field. */
  readonly exportCalls: (query: Partial<CallQuery>) => AsyncIterable<CallRecord>;
  /** Every record from a number on in order, each checkpoint behind the record that it signs. */
  readonly export: (from: number) => AsyncIterable<AuditItem>;
}

/** Something that was changed for a whole installation, or that somebody was refused to change. */
export interface InstallationEvent {
  readonly type: string;
  /** ISO 8601. */
  readonly at: string;
  readonly actor: string;
  /** The run that brought it about; empty for none. */
  readonly runId: string;
  readonly data: JsonObject;
}

/** One piece of an export. */
export type AuditItem =
  | { readonly type: 'record'; readonly record: AuditRecord }
  | { readonly type: 'checkpoint'; readonly checkpoint: AuditCheckpoint };

export interface AuditPage {
  readonly items: readonly AuditRecord[];
  /** How many fit in all. */
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

/** What was found in the chain. */
export interface AuditReport {
  readonly isIntact: boolean;
  readonly from: number;
  /** Number of the last record; one less than `from` when there is none. */
  readonly to: number;
  readonly records: number;
  readonly checkpoints: number;
  /** Hash of the last record; null when there is none. */
  readonly head: string | null;
  /** In the order of the chain; at most 100. */
  readonly faults: readonly {
    readonly seq: number;
    readonly fault: 'changed' | 'unlinked' | 'missing' | 'unsigned' | 'forged';
    readonly message: string;
  }[];
}
