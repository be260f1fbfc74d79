import type {
  ErasureReport,
  ErasureSubject,
  PruneReport,
  Retention,
} from '../domain/retention/retention.ts';

/** What people and programs can do about data that are kept. */
export interface DataClient {
  /** Takes away what is older than the rules say; with `isDryRun` it only counts. */
  readonly prune: (rules: PruneInput) => Promise<PruneReport>;
  /**
   * Takes away the data of a run, a project or a person, at once; with `isDryRun` it only looks.
   *
   * @throws {HoldfastError} conflict for a run that is not over; not_found for a name that nothing has; permission_denied without the role admin.
   */
  readonly erase: (input: EraseInput) => Promise<Erased>;
}

export interface PruneInput {
  readonly retention: Retention;
  /** The git repository of outcomes that the settings name, null for none; absent: any that was ever named holds the audit back. */
  readonly auditRepository?: string | null;
  readonly isDryRun: boolean;
}

export interface EraseInput {
  /** Of a run what people type for it. */
  readonly subject: ErasureSubject;
  readonly isDryRun: boolean;
}

export interface Erased extends ErasureReport {
  /** Ids of erased runs whose histories Temporal could not be told to delete: they stay there until its retention ends. */
  readonly inTemporal: readonly string[];
}
