import type { ColumnType } from 'kysely';

type NullableTime = ColumnType<Date | null, Date | null | undefined, Date | null>;

interface PlaybookAppliesTable {
  call_id: string;
  tenant: string;
  run_id: string;
  /** Path in the repository. */
  playbook: string;
  request: ColumnType<unknown, string, string>;
  /** Hash of the files of the repository. */
  content: string;
  hosts: string[];
  status: string;
  /** By host, from the last event; null before it. */
  counts: ColumnType<unknown, string | null | undefined, string | null>;
  /** Call that it goes on from. */
  resumes: string | null;
  /** Call that it takes back: at most one each. */
  rolls_back: string | null;
  began_at: ColumnType<Date, Date | undefined, Date>;
  ended_at: NullableTime;
}

interface PlaybookChangesTable {
  call_id: string;
  position: number;
  tenant: string;
  run_id: string;
  host: string;
  play: string;
  number: number;
  task: string;
  action: string;
  path: string | null;
  is_handler: boolean;
  leaves: string[];
  notifies: string[];
  status: string;
  /** Null when the task told no difference, or hides it. */
  diff_hash: string | null;
}

interface PlaybookContentsTable {
  tenant: string;
  hash: string;
  run_id: string;
  call_id: string;
}

/** Tables of this folder. */
export interface PlaybookApplyTables {
  playbook_applies: PlaybookAppliesTable;
  playbook_changes: PlaybookChangesTable;
  playbook_contents: PlaybookContentsTable;
}
