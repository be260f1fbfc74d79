import type { Budget, BudgetPeriod, BudgetScope, Caps } from '../../domain/budget/budget.ts';
import { HoldfastError } from '../../domain/failures.ts';
import type { JsonObject } from '../../domain/json.ts';
import { plainKeyPattern, runIdOf, runKeyOf } from '../../domain/run/ids.ts';
import { hashJson, plainKey } from '../hashing.ts';
import { appendTenantEvent } from '../events/tenant-events.ts';
import type { Database, Executor } from '../postgres/database.ts';

/** Origin of a budget that was set by command: loading a file leaves it alone. */
const byCommand = 'command';

/** A budget as it stands, with where it was set. */
export interface StoredBudget extends Budget {
  readonly origin: string;
}

/** Every budget, by name. */
export async function readBudgets(db: Executor, tenant: string): Promise<readonly StoredBudget[]> {
  const rows = await db
    .selectFrom('budgets')
    .selectAll()
    .where('tenant', '=', tenant)
    .orderBy('name')
    .execute();
  return rows.map((row) => ({
    name: row.name,
    // The table's check constraints allow nothing else.
    scope: row.scope as BudgetScope,
    per: row.per as BudgetPeriod,
    of: row.scope === 'run' && row.subject !== null ? runKeyOf(row.subject) : row.subject,
    limit: {
      microUsd: numberOf(row.max_micro_usd),
      tokens: numberOf(row.max_tokens),
      calls: numberOf(row.max_calls),
    },
    origin: row.origin,
  }));
}

/**
 * Sets a budget, for calls from then on; what was used of it stays. One that stands in a file is changed there.
 *
 * @throws {HoldfastError} conflict when a file names it.
 */
export async function putBudget(
  db: Database,
  { tenant, by }: { readonly tenant: string; readonly by: string },
  budget: Budget,
): Promise<void> {
  const { name, limit } = budget;
  await db.transaction().execute(async (tx) => {
    await assertOurs(tx, tenant, name);
    await write(tx, tenant, { ...budget, origin: byCommand });
    await note(tx, { tenant, by, budget: name, kind: 'set', data: { ...limit } });
  });
}

/**
 * Removes a budget: nothing is counted against it any more.
 *
 * @throws {HoldfastError} not_found, or conflict when a file names it.
 */
export async function removeBudget(
  db: Database,
  { tenant, by }: { readonly tenant: string; readonly by: string },
  name: string,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await assertOurs(tx, tenant, name);
    const removed = await tx
      .deleteFrom('budgets')
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .executeTakeFirst();
    if (removed.numDeletedRows === 0n) {
      throw new HoldfastError('not_found', `there is no budget "${name}"`, {
        suggestion: 'see: holdfast budgets list',
      });
    }
    await note(tx, { tenant, by, budget: name, kind: 'removed', data: {} });
  });
}

/**
 * Makes the budgets of a file the ones that stand; those that were set by command stay unless the file names them too.
 * What changed by it is written down as the engine's. Call it in a transaction.
 */
export async function loadBudgets(
  tx: Executor,
  { tenant, origin }: { readonly tenant: string; readonly origin: string },
  budgets: readonly Budget[],
): Promise<void> {
  const names = budgets.map(({ name }) => name);
  const by = 'holdfast';
  const before = await readBudgets(tx, tenant);
  const gone = before.filter(
    (budget) => budget.origin !== byCommand && !names.includes(budget.name),
  );
  for (const { name } of gone) {
    await tx.deleteFrom('budgets').where('tenant', '=', tenant).where('name', '=', name).execute();
    await note(tx, { tenant, by, budget: name, kind: 'removed', data: {} });
  }
  for (const budget of budgets) {
    // One after the other: a handful of rows, at start only.
    await write(tx, tenant, { ...budget, origin });
  }
  const after = await readBudgets(tx, tenant);
  for (const budget of after) {
    const known = before.find(({ name }) => name === budget.name);
    if (known !== undefined && hashJson({ ...known }) === hashJson({ ...budget })) continue;
    await note(tx, { tenant, by, budget: budget.name, kind: 'set', data: { ...budget.limit } });
  }
}

async function assertOurs(db: Executor, tenant: string, name: string): Promise<void> {
  const row = await db
    .selectFrom('budgets')
    .select('origin')
    .where('tenant', '=', tenant)
    .where('name', '=', name)
    .executeTakeFirst();
  if (row === undefined || row.origin === byCommand) return;
  throw new HoldfastError('conflict', `the budget "${name}" stands in ${row.origin}`, {
    suggestion: 'change it there, then: holdfast config apply',
  });
}

async function write(db: Executor, tenant: string, budget: StoredBudget): Promise<void> {
  const { name, scope, per, limit, origin } = budget;
  const subject = subjectOf(tenant, budget);
  const body = { scope, subject, per, origin, ...columnsOf(limit) };
  await db
    .insertInto('budgets')
    .values({ tenant, name, ...body })
    .onConflict((conflict) => conflict.columns(['tenant', 'name']).doUpdateSet(body))
    .execute();
}

/** What calls are compared with: of a run its whole id, where people type the key. */
function subjectOf(tenant: string, { scope, of }: Budget): string | null {
  if (of === null || scope !== 'run' || of.startsWith('run/')) return of;
  return runIdOf(tenant, plainKey(of, plainKeyPattern));
}

function columnsOf({ microUsd, tokens, calls }: Caps) {
  return { max_micro_usd: microUsd, max_tokens: tokens, max_calls: calls };
}

async function note(
  db: Executor,
  entry: {
    readonly tenant: string;
    readonly by: string;
    readonly budget: string;
    readonly kind: 'set' | 'removed';
    readonly data: JsonObject;
  },
): Promise<void> {
  const { tenant, by, budget, kind, data } = entry;
  const key = `${kind}/${budget}/${crypto.randomUUID()}`;
  await db
    .insertInto('budget_history')
    .values({ tenant, budget, key, kind, by_whom: by, data: JSON.stringify(data) })
    .execute();
  const type = kind === 'set' ? 'budget.set' : 'budget.removed';
  await appendTenantEvent(db, { tenant, actor: by, event: { type, data: { ...data, budget } } });
}

/** A `bigint` column as a number; null stays null. */
function numberOf(column: string | null): number | null {
  return column === null ? null : Number(column);
}
