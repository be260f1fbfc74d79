/** How long what is kept, in days. */
export interface Retention {
  /** Conversations, calls and events of runs, counted from their end. */
  readonly conversationsDays: number;
  readonly costsDays: number;
  readonly auditDays: number;
  readonly deadLettersDays: number;
}

/** What is kept when nobody says otherwise. */
export const defaultRetention: Retention = {
  conversationsDays: 365,
  costsDays: 365,
  auditDays: 730,
  deadLettersDays: 30,
};

/** How much was taken away, or would be. */
export interface PruneReport {
  /** Runs whose contents are gone; their rows stay, so that their keys are never used again. */
  readonly runs: number;
  readonly blocks: number;
  readonly blobs: number;
  readonly costs: number;
  readonly records: number;
  readonly letters: number;
  readonly notifications: number;
}

/** Whose data are erased. */
export type ErasureSubject =
  | { readonly kind: 'run'; readonly name: string }
  | { readonly kind: 'project'; readonly name: string }
  | { readonly kind: 'person'; readonly name: string };

/** What an erasure came to, or would. */
export interface ErasureReport {
  /** Ids of the runs whose contents are gone. */
  readonly runs: readonly string[];
  /** Ids of runs that are not over: they keep their data, so the erasure has to be done again when they have ended. */
  readonly left: readonly string[];
  readonly blocks: number;
  readonly blobs: number;
  /** Records of the audit that name a person no more; their hashes stay. */
  readonly records: number;
  /** Other rows that name a person no more. */
  readonly rows: number;
}

/** What stands where a name was. */
export const erasedName = 'erased';
