import { sql, type Selectable } from 'kysely';

import type { Executor } from '../postgres/database.ts';
import type { EffectsTable } from '../postgres/tables.ts';
import { idSearch } from './fitting-ids.ts';

/** One row of the ledger, for people. */
export type EffectRow = Selectable<EffectsTable>;

/** Which effects to list. */
export interface EffectQuery {
  readonly runId?: string | undefined;
  readonly state?: string | undefined;
  readonly limit: number;
}

/** Effects, newest first. */
export async function readEffects(
  db: Executor,
  tenant: string,
  { runId, state, limit }: EffectQuery,
): Promise<readonly EffectRow[]> {
  return db
    .selectFrom('effects')
    .selectAll()
    .where('tenant', '=', tenant)
    .$if(runId !== undefined, (query) => query.where('run_id', '=', runId ?? ''))
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? ''))
    .orderBy('created_at', 'desc')
    .orderBy('call_id')
    .limit(limit)
    .execute();
}

/** One effect by the id of its call. */
export async function readEffect(
  db: Executor,
  tenant: string,
  callId: string,
): Promise<EffectRow | undefined> {
  return db
    .selectFrom('effects')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('call_id', '=', callId)
    .executeTakeFirst();
}

/** Ids of effects that end or begin with what a person typed, the best fits and those that wait first; at most three. */
export async function findEffectIds(
  db: Executor,
  tenant: string,
  typed: string,
): Promise<readonly string[]> {
  const { fits, grade } = idSearch(sql.ref('call_id'), tenant, typed);
  const rows = await db
    .selectFrom('effects')
    .select('call_id')
    .where('tenant', '=', tenant)
    .where(fits)
    .orderBy(grade)
    .orderBy(sql`case state when 'unknown' then 0 when 'intent' then 1 else 2 end`)
    .orderBy('created_at', 'desc')
    .limit(3)
    .execute();
  return rows.map((row) => row.call_id);
}
