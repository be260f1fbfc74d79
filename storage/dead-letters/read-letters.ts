import { sql, type Selectable } from 'kysely';

import type { LetterState } from '../../domain/dead-letters/dead-letter.ts';
import type { Executor } from '../postgres/database.ts';
import type { DeadLettersTable } from './tables.ts';

/** One letter, for people. */
export interface LetterRow extends Selectable<DeadLettersTable> {
  /** Other letters that were given up for the same reason, newest first; at most five. */
  readonly related: readonly string[];
}

/** Which letters to list. */
export interface LetterQuery {
  readonly tool?: string | undefined;
  readonly state?: LetterState | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** Letters that fit, newest first, and how many there are in all. */
export async function readLetters(
  db: Executor,
  tenant: string,
  { tool, state, limit, offset }: LetterQuery,
): Promise<{ readonly rows: readonly LetterRow[]; readonly total: number }> {
  const fitting = letters(db, tenant)
    .$if(tool !== undefined, (query) => query.where('tool', '=', tool ?? ''))
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'open'));
  const [rows, counted] = await Promise.all([
    fitting
      .selectAll()
      .select(related)
      .orderBy('created_at', 'desc')
      .orderBy('letter_id')
      .limit(limit)
      .offset(offset)
      .execute(),
    fitting.select((eb) => eb.fn.countAll<string>().as('count')).executeTakeFirstOrThrow(),
  ]);
  return { rows, total: Number(counted.count) };
}

/** Letters whose id begins with what a person typed; at most two. */
export async function findLetters(
  db: Executor,
  tenant: string,
  start: string,
): Promise<readonly LetterRow[]> {
  return letters(db, tenant)
    .selectAll()
    .select(related)
    .where((eb) => eb(eb.fn<boolean>('starts_with', ['letter_id', eb.val(start)]), '=', true))
    .limit(2)
    .execute();
}

/** How many letters a purge of what is older would delete. */
export async function countOldLetters(db: Executor, tenant: string, before: Date): Promise<number> {
  const { count } = await letters(db, tenant)
    .where('created_at', '<', before)
    .where('state', '<>', 'replaying')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

const letters = (db: Executor, tenant: string) =>
  db.selectFrom('dead_letters').where('tenant', '=', tenant);

const related = sql<readonly string[]>`array(
  select other.letter_id from dead_letters other
  where other.tenant = dead_letters.tenant and other.tool = dead_letters.tool and other.code = dead_letters.code
    and other.letter_id <> dead_letters.letter_id
  order by other.created_at desc limit 5)`.as('related');
