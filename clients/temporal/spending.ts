import { fieldErrorsOf, inWords } from '../../domain/settings/field-errors.ts';
import { budgetSchema, toBudget } from '../../domain/budget/budget-schema.ts';
import { isBudgetEventKind, remainingOf, type Caps } from '../../domain/budget/budget.ts';
import { knownCost } from '../../domain/budget/known-cost.ts';
import { HoldfastError } from '../../domain/failures.ts';
import { runKeyOf } from '../../domain/run/ids.ts';
import { putBudget, removeBudget } from '../../storage/administration.ts';
import {
  readBudgetHistory,
  readBudgets,
  readCosts,
  readCounters,
  type BudgetCounter,
  type CostRow,
  type StoredBudget,
} from '../../storage/readers.ts';
import type {
  BudgetDetail,
  BudgetSummary,
  BudgetUse,
  CostSum,
  SpendingClient,
} from '../spending-client.ts';
import { assertKnown } from './assert-known.ts';
import type { LocalConnection } from './local-connection.ts';
import { requireRole } from './runs/require-role.ts';
import { objectOf } from './runs/run-views.ts';
import { translated } from './translate-error.ts';

/** Counters and history entries of one budget that are shown. */
const maxShown = 50;
/** Counters that are looked through for the fullest of each budget. */
const maxCounters = 5_000;

/** What a local installation says of money. */
export function localSpending(connection: LocalConnection): SpendingClient {
  const { db, tenant } = connection;
  const author = async () => ({ tenant, by: await requireRole(connection, 'spend') });
  return {
    listBudgets: async () =>
      translated('the budgets', async () => {
        const [budgets, counters] = await Promise.all([
          readBudgets(db, tenant),
          readCounters(db, tenant, { limit: maxCounters }),
        ]);
        return budgets.map((budget) => summaryOf(budget, counters));
      }),
    getBudget: async (name) =>
      translated('the budget', async () => {
        const budget = (await readBudgets(db, tenant)).find((each) => each.name === name);
        if (budget === undefined) throw unknownBudget(name);
        const wanted = { budget: name, limit: maxShown };
        const [counters, history] = await Promise.all([
          readCounters(db, tenant, wanted),
          readBudgetHistory(db, tenant, wanted),
        ]);
        return detailOf(budget, counters, history);
      }),
    setBudget: async (written) => {
      const parsed = budgetSchema.safeParse(written);
      if (!parsed.success) {
        const fieldErrors = fieldErrorsOf(parsed.error, written);
        throw new HoldfastError(
          'invalid_argument',
          `the budget does not fit: ${inWords(fieldErrors)}`,
          {
            fieldErrors,
          },
        );
      }
      const budget = toBudget(parsed.data);
      await translated('the budget', async () => putBudget(db, await author(), budget));
      return budget;
    },
    removeBudget: async (name) =>
      translated('the budget', async () => removeBudget(db, await author(), name)),
    costs: async (query) =>
      translated('the costs', async () => {
        const found = await readCosts(db, tenant, query);
        const { project } = query;
        if (found.length === 0 && project !== undefined)
          await assertKnown(connection, { kind: 'project', name: project });
        const rows = found.map(({ name, ...sum }) => ({
          name: query.by === 'run' ? runKeyOf(name) : name,
          ...shownSum(sum),
        }));
        return { by: query.by, rows, total: shownSum(found.reduce(addSum, noSum)) };
      }),
  };
}

function unknownBudget(name: string): HoldfastError {
  return new HoldfastError('not_found', `there is no budget "${name}"`, {
    suggestion: 'see: holdfast budgets list',
  });
}

function configured(budget: StoredBudget): Omit<BudgetSummary, 'fullest'> {
  const { name, scope, of, per, limit, origin } = budget;
  return { budgetId: name, scope, of, per, limit, origin };
}

function summaryOf(budget: StoredBudget, counters: readonly BudgetCounter[]): BudgetSummary {
  const today = new Date().toISOString().slice(0, 10);
  const uses = counters
    .filter(
      ({ budget: name, period }) =>
        name === budget.name && period === (budget.per === 'day' ? today : ''),
    )
    .map((counter) => useOf(budget, counter))
    .toSorted((a, b) => shareOf(budget, b) - shareOf(budget, a));
  return { ...configured(budget), fullest: uses[0] ?? null };
}

function detailOf(
  budget: StoredBudget,
  counters: readonly BudgetCounter[],
  history: Awaited<ReturnType<typeof readBudgetHistory>>,
): BudgetDetail {
  return {
    ...configured(budget),
    counters: counters.map((counter) => useOf(budget, counter)),
    history: history.flatMap(({ kind, subject, runId, by, data, at }) => {
      if (!isBudgetEventKind(kind)) return [];
      const shown = subject === null ? null : shownSubject(budget, subject);
      return [{ kind, subject: shown, runId, by, data: objectOf(data), at: at.toISOString() }];
    }),
  };
}

function useOf(budget: StoredBudget, counter: BudgetCounter): BudgetUse {
  const { subject, period, raised, reserved, spent, unknownCalls, alerted } = counter;
  const left = (unit: keyof Caps): number | null =>
    remainingOf(budget.limit[unit], {
      raised: raised[unit],
      reserved: reserved[unit],
      spent: spent[unit],
    });
  return {
    subject: shownSubject(budget, subject),
    period,
    raised,
    reserved,
    spent,
    remaining: { microUsd: left('microUsd'), tokens: left('tokens'), calls: left('calls') },
    unknownCalls,
    alerted,
  };
}

function shownSubject({ scope }: StoredBudget, subject: string): string {
  return scope === 'run' ? runKeyOf(subject) : subject;
}

/** The largest share of a limit that is used up, from 0. */
function shareOf({ limit }: StoredBudget, { raised, reserved, spent }: BudgetUse): number {
  const units = ['microUsd', 'tokens', 'calls'] as const;
  return Math.max(
    0,
    ...units.map((unit) => {
      const cap = limit[unit];
      return cap === null ? 0 : (spent[unit] + reserved[unit]) / Math.max(1, cap + raised[unit]);
    }),
  );
}

/** A sum as it is stored: what is unknown is counted beside it. */
type StoredSum = Omit<CostRow, 'name'>;

const noSum: StoredSum = {
  calls: 0,
  tokensIn: 0,
  tokensOut: 0,
  costMicroUsd: 0,
  unknownCalls: 0,
  estimatedCalls: 0,
};

function shownSum(sum: StoredSum): CostSum {
  return { ...sum, costMicroUsd: knownCost(sum.costMicroUsd, sum.unknownCalls) };
}

function addSum(sum: StoredSum, row: StoredSum): StoredSum {
  return {
    calls: sum.calls + row.calls,
    tokensIn: sum.tokensIn + row.tokensIn,
    tokensOut: sum.tokensOut + row.tokensOut,
    costMicroUsd: sum.costMicroUsd + row.costMicroUsd,
    unknownCalls: sum.unknownCalls + row.unknownCalls,
    estimatedCalls: sum.estimatedCalls + row.estimatedCalls,
  };
}
