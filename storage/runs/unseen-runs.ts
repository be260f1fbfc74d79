import { sql } from 'kysely';

import type { Executor } from '../postgres/database.ts';

/** Those of some runs that no person can see to wait: neither is an approval of theirs open nor are they paused. */
export async function unseenRuns(
  db: Executor,
  runIds: readonly string[],
): Promise<readonly string[]> {
  if (runIds.length === 0) return [];
  const { rows } = await sql<{ readonly run_id: string }>`
    select asked.run_id from unnest(${[...runIds]}::text[]) as asked(run_id)
    where not exists (
      select from approvals a where a.run_id = asked.run_id and a.state = 'open')
    and not exists (
      select from runs r where r.run_id = asked.run_id and r.status = 'paused')`.execute(db);
  return rows.map((row) => row.run_id);
}
