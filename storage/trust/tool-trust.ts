import { trustOf, type TrustLevel, type TrustSettings } from '../../domain/tools/tool-trust.ts';
import { appendTenantEvent } from '../events/tenant-events.ts';
import type { Database, Executor } from '../postgres/database.ts';

/** A level that somebody set. */
export interface TrustRow {
  readonly source: string;
  readonly level: TrustLevel;
  readonly by: string;
  readonly at: Date;
}

/** Levels that people set, by source. */
export async function readTrust(db: Executor, tenant: string): Promise<readonly TrustRow[]> {
  const rows = await db
    .selectFrom('tool_trust')
    .select(['source', 'level', 'by_whom', 'at'])
    .where('tenant', '=', tenant)
    .orderBy('source')
    .execute();
  return rows.map(({ source, level, by_whom: by, at }) => ({
    source,
    // The table's check constraint allows nothing else.
    level: level as TrustLevel,
    by,
    at,
  }));
}

/** Sets how far a source is trusted, for calls from then on. Returns the level it had; setting the same changes nothing. */
export async function putTrust(
  db: Database,
  { tenant, by }: { readonly tenant: string; readonly by: string },
  { source, level }: { readonly source: string; readonly level: TrustLevel },
): Promise<TrustLevel> {
  return db.transaction().execute(async (tx) => {
    const before = trustOf(source, settingsOf(await readTrust(tx, tenant)));
    if (before === level) return before;
    const row = { level, by_whom: by, at: new Date() };
    await tx
      .insertInto('tool_trust')
      .values({ tenant, source, ...row })
      .onConflict((conflict) => conflict.columns(['tenant', 'source']).doUpdateSet(row))
      .execute();
    const data = { source, old: before, new: level };
    await appendTenantEvent(tx, { tenant, actor: by, event: { type: 'trust.changed', data } });
    return before;
  });
}

/** The levels as who judges takes them. */
export function settingsOf(rows: readonly TrustRow[]): TrustSettings {
  return new Map(rows.map(({ source, level }) => [source, level]));
}
