import type { ColumnType, Generated } from 'kysely';

import type { LetterKind, LetterState } from '../../domain/dead-letters/dead-letter.ts';

type TimeColumn = ColumnType<Date, Date | undefined, Date>;
type NullableTimeColumn = ColumnType<Date | null, Date | null | undefined, Date | null>;

export interface DeadLettersTable {
  letter_id: string;
  tenant: string;
  kind: LetterKind;
  run_id: string;
  project: string;
  /** The call or turn, or the event of a message. */
  step_id: string;
  tool: string;
  digest: string | null;
  /** Redacted. */
  args: ColumnType<unknown, string | null, string | null>;
  args_blob: string | null;
  code: string;
  message: string;
  retries: number;
  state: Generated<LetterState>;
  /** The newest run that performs the call anew. */
  replay_run: string | null;
  /** How many replays have begun. */
  replays: Generated<number>;
  created_at: TimeColumn;
  closed_at: NullableTimeColumn;
}

/** Tables of this folder. */
export interface DeadLetterTables {
  dead_letters: DeadLettersTable;
}
