import type { Amounts } from '../../domain/budget/budget.ts';
import type { Executor } from '../postgres/database.ts';
import { offerKind } from './raise.ts';

/** What one subject used of a budget in one period. */
export interface BudgetCounter {
  readonly budget: string;
  /** Project, specialist or run; empty for the tenant. */
  readonly subject: string;
  /** Empty, or a day as YYYY-MM-DD (UTC). */
  readonly period: string;
  /** What people allowed more. */
  readonly raised: Amounts;
  readonly reserved: Amounts;
  readonly spent: Amounts;
  /** Calls among the spent ones whose price nobody knows. */
  readonly unknownCalls: number;
  /** Highest threshold that people were told of, in percent; 0 for none. */
  readonly alerted: number;
}

/** Something that happened to a budget besides calls. */
export interface BudgetHistoryEntry {
  readonly kind: string;
  readonly subject: string | null;
  readonly runId: string | null;
  readonly by: string | null;
  readonly data: unknown;
  readonly at: Date;
}

/** Counters of one budget, or of all, the newest period first, then the most money; at most `limit`. */
export async function readCounters(
  db: Executor,
  tenant: string,
  { budget, limit }: { readonly budget?: string | undefined; readonly limit: number },
): Promise<readonly BudgetCounter[]> {
  const rows = await db
    .selectFrom('budget_counters')
    .selectAll()
    .where('tenant', '=', tenant)
    .$if(budget !== undefined, (query) => query.where('budget', '=', budget ?? ''))
    .orderBy('period', 'desc')
    .orderBy('spent_micro_usd', 'desc')
    .orderBy('spent_tokens', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    budget: row.budget,
    subject: row.subject,
    period: row.period,
    raised: amounts(row.raised_micro_usd, row.raised_tokens, row.raised_calls),
    reserved: amounts(row.reserved_micro_usd, row.reserved_tokens, row.reserved_calls),
    spent: amounts(row.spent_micro_usd, row.spent_tokens, row.spent_calls),
    unknownCalls: Number(row.unknown_calls),
    alerted: row.alerted,
  }));
}

function amounts(microUsd: string, tokens: string, calls: string): Amounts {
  return { microUsd: Number(microUsd), tokens: Number(tokens), calls: Number(calls) };
}

/** What happened to a budget, newest first, at most `limit`. */
export async function readBudgetHistory(
  db: Executor,
  tenant: string,
  { budget, limit }: { readonly budget: string; readonly limit: number },
): Promise<readonly BudgetHistoryEntry[]> {
  const rows = await db
    .selectFrom('budget_history')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('budget', '=', budget)
    .where('kind', '<>', offerKind)
    .orderBy('history_id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    kind: row.kind,
    subject: row.subject,
    runId: row.run_id,
    by: row.by_whom,
    data: row.data,
    at: row.at,
  }));
}
