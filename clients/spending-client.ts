import type {
  Amounts,
  Budget,
  BudgetEventKind,
  BudgetScope,
  Caps,
} from '../domain/budget/budget.ts';
import type { CostGroup } from '../domain/budget/cost-groups.ts';
import type { JsonObject } from '../domain/json.ts';

/** What people and programs can do about money: see what was spent, and limit it. */
export interface SpendingClient {
  /** Every budget by name, with its fullest counter of now. */
  readonly listBudgets: () => Promise<readonly BudgetSummary[]>;
  readonly getBudget: (name: string) => Promise<BudgetDetail>;
  /** Sets a budget by `{name, scope, of?, per?, maxUsd?, maxTokens?, maxCalls?}`; it counts from the next model call on. */
  readonly setBudget: (budget: JsonObject) => Promise<Budget>;
  readonly removeBudget: (name: string) => Promise<void>;
  readonly costs: (query: CostQuery) => Promise<CostReport>;
}

/** A budget as it is configured. */
export interface BudgetSummary {
  readonly budgetId: string;
  readonly scope: BudgetScope;
  /** The one project, specialist, run or schedule that it covers; null: each has one of its own. */
  readonly of: string | null;
  readonly per: 'total' | 'day';
  readonly limit: Caps;
  /** `command`, or the file it stands in. */
  readonly origin: string;
  /** The fullest counter of this period; null when nothing was counted yet. */
  readonly fullest: BudgetUse | null;
}

/** What one project, specialist, run, or the whole tenant used of a budget in one period. */
export interface BudgetUse {
  readonly subject: string;
  /** A day as YYYY-MM-DD (UTC); empty for a budget without a period. */
  readonly period: string;
  /** What people allowed more. */
  readonly raised: Amounts;
  readonly reserved: Amounts;
  readonly spent: Amounts;
  /** Null where there is no limit. */
  readonly remaining: Caps;
  /** Calls whose price nobody knows: they are not in the money that was spent. */
  readonly unknownCalls: number;
  /** Highest threshold that was passed, in percent: 0, 80 or 90. */
  readonly alerted: number;
}

export interface BudgetDetail extends Omit<BudgetSummary, 'fullest'> {
  /** The newest period first, then the dearest; at most 50. */
  readonly counters: readonly BudgetUse[];
  /** Newest first, at most 50. */
  readonly history: readonly BudgetEvent[];
}

/** A change, a raise or an alert. */
export interface BudgetEvent {
  readonly kind: BudgetEventKind;
  readonly subject: string | null;
  readonly runId: string | null;
  readonly by: string | null;
  readonly data: JsonObject;
  /** ISO 8601. */
  readonly at: string;
}

export interface CostQuery {
  readonly by: CostGroup;
  /** Calls that began then or later; absent: all. */
  readonly since?: Date;
  readonly project?: string;
}

/** Sums of model calls. */
export interface CostSum {
  readonly calls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** Sum of the calls whose price is known; null when some are unknown and the others cost nothing. */
  readonly costMicroUsd: number | null;
  /** Calls whose price nobody knows: the true cost is at least `costMicroUsd` then. */
  readonly unknownCalls: number;
  /** Calls under way, or whose end nobody saw: counted as they were estimated. */
  readonly estimatedCalls: number;
}

export interface CostReport {
  readonly by: CostGroup;
  readonly rows: readonly (CostSum & { readonly name: string })[];
  readonly total: CostSum;
}
