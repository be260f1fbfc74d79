import type { ColumnType } from 'kysely';

type Time = ColumnType<Date, Date, Date>;

interface WorkspaceHostTable {
  host: string;
  seen_at: Time;
}

interface WorkspaceBundleTable {
  workspace_id: string;
  tenant: string;
  run_id: string;
  /** Host that holds the workspace now. */
  host: string;
  /** What the folder of the workspace has to say for it to be the present one. */
  token: string;
  /** Number of the effect behind which the bundle was made; 0 before the first. */
  behind: number;
  /** Moment of the state in the bundle. */
  as_of: Time;
  /** Blobs of the parts, oldest first; empty when there is no bundle. */
  parts: string[];
  bytes: ColumnType<string, number, number>;
  /** Why the newest state is in no bundle; null when it is, or will be. */
  problem: string | null;
  /** What a restored workspace lacks, until somebody was told. */
  loss: ColumnType<unknown, string | null, string | null>;
}

interface WorkspaceBundleBlobTable {
  workspace_id: string;
  hash: string;
  tenant: string;
  run_id: string;
  /** Since when the bundle needs it no more. */
  replaced_at: ColumnType<Date | null, Date | null, Date | null>;
}

/** Tables of this folder. */
export interface WorkspaceTables {
  workspace_hosts: WorkspaceHostTable;
  workspace_bundles: WorkspaceBundleTable;
  workspace_bundle_blobs: WorkspaceBundleBlobTable;
}
