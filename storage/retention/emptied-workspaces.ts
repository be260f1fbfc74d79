import { sql } from 'kysely';

import type { Executor } from '../postgres/database.ts';

/** Those of these workspaces whose runs have no contents any more, whichever host held them last. */
export async function emptiedWorkspaces(
  db: Executor,
  { tenant, ids }: { readonly tenant: string; readonly ids: readonly string[] },
): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    select pins->'workspace'->>'id' as id from runs
    where tenant = ${tenant} and emptied_at is not null
      and pins->'workspace'->>'id' = any(${[...ids]})`.execute(db);
  return rows.map(({ id }) => id);
}
