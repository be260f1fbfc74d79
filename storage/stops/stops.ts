import { sql, type RawBuilder } from 'kysely';

import type { StopSubject } from '../../domain/stops/stop-scopes.ts';
import type { StopRow } from '../../domain/stops/stopping-row.ts';
import type { Executor } from '../postgres/database.ts';

/** One row that ends a run. */
export interface Cancel {
  readonly scope: string;
  readonly reason: string;
  readonly by: string;
}

/** Writes the row that ends a run, and that it was written: one statement. Writing it again changes nothing. */
export async function putCancel(db: Executor, tenant: string, cancel: Cancel): Promise<void> {
  const { scope, reason, by } = cancel;
  await sql`
    with put as (
      insert into stops (tenant, scope, kind, reason, by_whom)
      values (${tenant}, ${scope}, 'cancel', ${reason}, ${by})
      on conflict (tenant, scope, kind) do nothing
      returning tenant, scope, created_at, by_whom)
    insert into outbox (tenant, run_id, position, kind, at, actor, subject, digest, decision)
    select tenant, substr(scope, 5), concat('cancel/', extract(epoch from created_at)), 'run.stopped', created_at, by_whom,
      concat('stop ', scope), '', 'cancel' from put`.execute(db);
}

/**
 * The table `stop` of a statement: one row with the scope that stops a subject, or none. With `behind`, a table of the
 * statement, the rows are read when that one is there: what was committed while it waited for a lock counts.
 */
export function stopTable(subject: StopSubject, behind?: string): RawBuilder<unknown> {
  const from = behind === undefined ? sql`` : sql`from ${sql.table(behind)}`;
  return sql`stop as (
    select asked.scope from (select ${stoppedBy(subject)} as scope ${from}) as asked where asked.scope is not null)`;
}

/** The scope that stops a subject, or undefined. */
export async function stoppedScope(
  db: Executor,
  subject: StopSubject,
): Promise<string | undefined> {
  const { rows } = await sql<{ scope: string | null }>`
    select ${stoppedBy(subject)} as scope`.execute(db);
  return rows[0]?.scope ?? undefined;
}

function stoppedBy({ tenant, rootRunId, scopes }: StopSubject): RawBuilder<string | null> {
  return sql<
    string | null
  >`stopped_by(${tenant}::text, ${rootRunId}::text, ${[...scopes]}::text[])`;
}

/** The rows of the kill switch, which are few, and the cancels of these runs: one statement, always the same text. */
export async function readStops(
  db: Executor,
  subjects: readonly StopSubject[],
): Promise<readonly StopRow[]> {
  const tenants = [...new Set(subjects.map(({ tenant }) => tenant))];
  const runs = [...new Set(subjects.flatMap(({ scopes }) => scopes.filter(isOfRun)))];
  const { rows } = await sql<{ [column in keyof StopRow]: string }>`
    select tenant, scope, kind, seq from stops where kind <> 'cancel'
    union all
    select tenant, scope, kind, seq from stops
    where tenant = any(${tenants}::text[]) and scope = any(${runs}::text[]) and kind = 'cancel'`.execute(
    db,
  );
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}

function isOfRun(scope: string): boolean {
  return scope.startsWith('run:');
}
