import type { Executor } from '../postgres/database.ts';

/** One row that stops whatever its scope covers. */
export interface Stop {
  readonly scope: string;
  readonly kind: 'cancel';
  readonly reason: string;
  readonly by: string;
}

/** Scope of one run. */
export function runScope(runId: string): string {
  return `run:${runId}`;
}

/** Writes a stop row; writing it again changes nothing. */
export async function putStop(db: Executor, tenant: string, stop: Stop): Promise<void> {
  await db
    .insertInto('stops')
    .values({ tenant, scope: stop.scope, kind: stop.kind, reason: stop.reason, by_whom: stop.by })
    .onConflict((conflict) => conflict.columns(['tenant', 'scope', 'kind']).doNothing())
    .execute();
}

/** The first of these scopes that is stopped, or undefined. */
export async function stoppedScope(
  db: Executor,
  tenant: string,
  scopes: readonly string[],
): Promise<string | undefined> {
  const row = await db
    .selectFrom('stops')
    .select('scope')
    .where('tenant', '=', tenant)
    .where('scope', 'in', [...scopes])
    .limit(1)
    .executeTakeFirst();
  return row?.scope;
}

/** Those of these scopes that are stopped, over all tenants: a scope names its tenant itself. */
export async function stoppedAmong(
  db: Executor,
  scopes: readonly string[],
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('stops')
    .select('scope')
    .where('scope', 'in', [...scopes])
    .execute();
  return rows.map(({ scope }) => scope);
}
