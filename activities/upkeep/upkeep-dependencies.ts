import type { SignCheckpoint } from '../../storage/audit/checkpoints.ts';
import type { AuditCheckpoint } from '../../domain/audit/audit-record.ts';
import type { Retention } from '../../domain/retention/retention.ts';
import type { RunDependencies } from '../run/run-dependencies.ts';
import type { Database } from '../../storage/postgres/database.ts';
import type { AuditRepository } from './git-trail/audit-repository.ts';

/** What upkeep needs. */
export interface UpkeepDependencies {
  readonly db: Database;
  /** What closing the runs of others needs. */
  readonly runs: RunDependencies;
  readonly retention: Retention;
  /** When runs that wait for room are looked at, and whether they wait at all. */
  readonly capacity: { readonly threshold: number; readonly pollSeconds: number };
  readonly signCheckpoint: SignCheckpoint;
  /** Keeps the newest checkpoint outside of the database. */
  readonly keepCheckpoint: (checkpoint: AuditCheckpoint) => void;
  /** Takes secrets out of what is committed. */
  readonly redact: (text: string) => string;
  /** Where outcomes are committed; undefined: nowhere. */
  readonly repository: AuditRepository | undefined;
  /** Tells the operator that something has to be mended. */
  readonly warn: (message: string, fields: Readonly<Record<string, string>>) => void;
  readonly now: () => number;
  /** Aborts when the process is told to end: a worker that drains would wait for what only waits. */
  readonly closing: AbortSignal;
}
