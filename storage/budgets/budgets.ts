import type { Budget, BudgetPeriod, BudgetScope, Caps } from '../../domain/budget/budget.ts';
import { HoldfastError } from '../../domain/failures.ts';
import { plainKeyPattern, runIdOf, runKeyOf } from '../../domain/run/ids.ts';
import { plainKey } from '../hashing.ts';
import type { Executor } from '../postgres/database.ts';

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
  db: Executor,
  { tenant, by }: { readonly tenant: string; readonly by: string },
  budget: Budget,
): Promise<void> {
  const { name, limit } = budget;
  await assertOurs(db, tenant, name);
  await write(db, tenant, { ...budget, origin: byCommand });
  await note(db, { tenant, by, budget: name, kind: 'set', data: { ...limit } });
}

/**
 * Removes a budget: nothing is counted against it any more.
 *
 * @throws {HoldfastError} not_found, or conflict when a file names it.
 */
export async function removeBudget(
  db: Executor,
  { tenant, by }: { readonly tenant: string; readonly by: string },
  name: string,
): Promise<void> {
  await assertOurs(db, tenant, name);
  const removed = await db
    .deleteFrom('budgets')
    .where('tenant', '=', tenant)
    .where('name', '=', name)
    .executeTakeFirst();
  if (removed.numDeletedRows === 0n) {
    throw new HoldfastError('not_found', `there is no budget "${name}"`, {
      suggestion: 'see: holdfast budgets list',
    });
  }
  await note(db, { tenant, by, budget: name, kind: 'removed', data: {} });
}

/** Makes the budgets of a file the ones that stand; those that were set by command stay unless the file names them too. */
export async function loadBudgets(
  db: Executor,
  { tenant, origin }: { readonly tenant: string; readonly origin: string },
  budgets: readonly Budget[],
): Promise<void> {
  const names = budgets.map(({ name }) => name);
  await db
    .deleteFrom('budgets')
    .where('tenant', '=', tenant)
    .where('origin', '<>', byCommand)
    .$if(names.length > 0, (query) => query.where('name', 'not in', names))
    .execute();
  for (const budget of budgets) {
    // One after the other: a handful of rows, at start only.
    await write(db, tenant, { ...budget, origin });
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
    readonly data: object;
  },
): Promise<void> {
  const { tenant, by, budget, kind, data } = entry;
  const key = `${kind}/${budget}/${crypto.randomUUID()}`;
  await db
    .insertInto('budget_history')
    .values({ tenant, budget, key, kind, by_whom: by, data: JSON.stringify(data) })
    .execute();
}

/** A `bigint` column as a number; null stays null. */
function numberOf(column: string | null): number | null {
  return column === null ? null : Number(column);
}
