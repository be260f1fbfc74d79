import type { PlaybookRunner } from '../../../playbooks/run/playbook-runner.ts';
import type {
  KnownApply,
  PlaybookApply,
  RecordedChange,
} from '../../../../storage/playbook-applies/playbook-applies.ts';
import type { TaskResult } from '../../../../domain/playbooks/apply/task-results.ts';
import type { OpenWorkspace } from '../../tool.ts';

/** What is kept of applies. */
export interface ApplyRecords {
  /** False when another call takes the same one back already. */
  readonly begin: (apply: PlaybookApply) => Promise<boolean>;
  readonly end: (callId: string, ended: Pick<KnownApply, 'status' | 'counts'>) => Promise<void>;
  readonly find: (tenant: string, callId: string) => Promise<KnownApply | undefined>;
  readonly rollbackOf: (tenant: string, callId: string) => Promise<string | undefined>;
  readonly put: (apply: ApplyId, results: readonly TaskResult[]) => Promise<void>;
  readonly changes: (tenant: string, callId: string) => Promise<readonly RecordedChange[]>;
  /** Remembers that a person has looked at contents of a repository. */
  readonly seen: (apply: ApplyId, content: string) => Promise<void>;
  readonly isSeen: (tenant: string, content: string) => Promise<boolean>;
}

/** Which apply something belongs to. */
export type ApplyId = Pick<PlaybookApply, 'callId' | 'tenant' | 'runId'>;

/** What the tools that run playbooks are made from. */
export interface PlaybookTools {
  readonly runner: PlaybookRunner;
  readonly records: ApplyRecords;
  /** Folder for the folders of runs; users of workspaces may pass through it. */
  readonly folder: string;
  /** Absolute; read in every run. */
  readonly inventories: readonly string[];
  /** Paths that are not as the run found them. */
  readonly changedFiles: (workspace: OpenWorkspace) => Promise<readonly string[]>;
}
