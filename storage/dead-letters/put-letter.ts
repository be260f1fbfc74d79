import { sql } from 'kysely';

import type { LetterDraft } from '../../domain/dead-letters/dead-letter.ts';
import type { Executor } from '../postgres/database.ts';
import { letterTable } from './letter-rows.ts';

/** Writes a letter that comes with no event. Call it in the transaction of what it tells of. */
export async function putLetter(db: Executor, runId: string, letter: LetterDraft): Promise<void> {
  await sql`
    with fresh as (
      select tenant, event_seq as seq, ${JSON.stringify({ letter })}::json as row from runs where run_id = ${runId}),
    ${letterTable(runId)}
    select from fresh`.execute(db);
}
