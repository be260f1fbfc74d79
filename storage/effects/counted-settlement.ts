import { sql } from 'kysely';

import type { Executor } from '../postgres/database.ts';

/** True when a settlement of this id has counted in a run: what is signed once settles one effect, once. */
export async function hasCounted(
  db: Executor,
  { runId, decisionId }: { readonly runId: string; readonly decisionId: string },
): Promise<boolean> {
  const { rows } = await sql`
    select from events
    where run_id = ${runId} and type = 'effect.settled' and data->>'decisionId' = ${decisionId} limit 1`.execute(
    db,
  );
  return rows.length > 0;
}
