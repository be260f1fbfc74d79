import type { EffectOwner } from '../../domain/effects/effect-record.ts';
import type { CallId } from '../../domain/run/ids.ts';
import type { CurrentPolicies } from '../prepare/current-policies.ts';
import type { PinnedDefinitionsReader } from '../prepare/pinned-definitions.ts';
import type { PrepareDependencies } from '../prepare/prepare-call.ts';
import type { Database } from '../../storage/postgres/database.ts';
import type { Redactor } from '../redaction/redactor.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import type { BegunMarks } from './ledger/begun-marks.ts';
import type { RecentOutcomes } from './ledger/recent-outcomes.ts';

/** Moments of a run at which tests stop, kill or roll back a process. */
export type Phase =
  | 'model-asked'
  | 'model-answered'
  | 'before-intent'
  | 'after-intent'
  | 'after-act'
  | 'after-outcome'
  | 'approval-announced';

/** Does nothing in production. */
export type PauseAt = (phase: Phase, position: string) => Promise<void>;

/** What the rooms that perform calls need. */
export interface EffectDependencies {
  readonly db: Database;
  readonly prepare: PrepareDependencies;
  readonly definitions: PinnedDefinitionsReader;
  readonly policies: CurrentPolicies;
  readonly workspaces: Workspaces;
  /** This process, as the ledger names it. */
  readonly owner: EffectOwner;
  /** Calls that this process is performing right now, by id: lost attempts go on, and others have to wait for them. */
  readonly running: Set<CallId>;
  readonly begun: BegunMarks;
  /** Outcomes that a crash of the database may take back. */
  readonly recent: RecentOutcomes;
  /** Keeps secrets out of what calls give back. */
  readonly redactor: Redactor;
  /** Length of the lease of a lock, in milliseconds. */
  readonly lockLeaseMs: number;
  readonly pauseAt: PauseAt;
  readonly now: () => number;
}
