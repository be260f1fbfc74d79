import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';

/** The time of a statement: the database's own clock, so that all workers agree, or a given one. */
export function moment(at: Date | undefined): RawBuilder<Date> {
  return at === undefined ? sql<Date>`statement_timestamp()` : sql<Date>`${at}::timestamptz`;
}
