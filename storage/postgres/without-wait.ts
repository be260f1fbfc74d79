import { sql, type RawBuilder } from 'kysely';

/**
 * The table `without_wait` of a statement whose commit need not wait for the disk. It takes effect where the statement
 * reads the table, and ends with the statement's own transaction. What is committed so outlives every process but the
 * database server: a crash of that one, or a power cut, may lose what it committed in its last 0.6 s (three times
 * wal_writer_delay) when no commit that waits came after it.
 */
export const withoutWait: RawBuilder<unknown> = sql`without_wait as materialized (
  select set_config('synchronous_commit', 'off', true))`;
