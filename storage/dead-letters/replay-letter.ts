import { sql } from 'kysely';

import type { Executor } from '../postgres/database.ts';

/** Which letter, and who wants it. */
interface LetterKey {
  readonly letterId: string;
  readonly tenant: string;
  readonly project: string;
}

/** The call of a letter that may be replayed; undefined when the project has no such letter, or it is not open. */
export async function readOpenLetter(
  db: Executor,
  { letterId, tenant, project }: LetterKey,
): Promise<{ readonly callId: string; readonly digest: string } | undefined> {
  const row = await db
    .selectFrom('dead_letters')
    .select(['step_id', 'digest'])
    .where('letter_id', '=', letterId)
    .where('tenant', '=', tenant)
    .where('project', '=', project)
    .where('kind', '=', 'tool')
    .where('state', '=', 'open')
    .executeTakeFirst();
  return row === undefined ? undefined : { callId: row.step_id, digest: row.digest ?? '' };
}

/** Takes an open letter for the run that replays it: of several runs only one gets it. */
export async function takeLetter(
  db: Executor,
  { letterId, runId }: { readonly letterId: string; readonly runId: string },
): Promise<boolean> {
  const result = await db
    .updateTable('dead_letters')
    .set((eb) => ({ state: 'replaying', replay_run: runId, replays: eb('replays', '+', 1) }))
    .where('letter_id', '=', letterId)
    .where('state', '=', 'open')
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/**
 * Brings letters up to date with the end of a run: the one that it replayed is closed, or open again when the replay did
 * not succeed; a turn that no model answered is no longer one when its run has finished.
 */
export async function settleLetters(db: Executor, runId: string, isDone: boolean): Promise<void> {
  await db
    .updateTable('dead_letters')
    .set(isDone ? { state: 'closed', closed_at: new Date() } : { state: 'open' })
    .where(
      sql<boolean>`(replay_run = ${runId} and state = 'replaying')
        or (${isDone} and run_id = ${runId} and kind = 'model' and state = 'open')`,
    )
    .execute();
}
