import type { ColumnType, Generated } from 'kysely';

/** `bigint` comes as text. */
type Bigint = ColumnType<string, number | string | undefined, number | string>;
type NullableBigint = ColumnType<
  string | null,
  number | string | null | undefined,
  number | string | null
>;
type Time = ColumnType<Date, Date | undefined, Date>;

/** One budget as it is configured. */
interface BudgetsTable {
  tenant: string;
  name: string;
  scope: string;
  /** Null: each subject of the scope has a counter of its own. */
  subject: string | null;
  per: string;
  max_micro_usd: NullableBigint;
  max_tokens: NullableBigint;
  max_calls: NullableBigint;
  /** `command` or the name of the file it came from. */
  origin: string;
  created_at: Time;
}

/** What one subject used of a budget in one period. */
interface BudgetCountersTable {
  counter_id: Generated<string>;
  tenant: string;
  budget: string;
  subject: string;
  /** Empty, or a day as YYYY-MM-DD. */
  period: string;
  raised_micro_usd: Bigint;
  raised_tokens: Bigint;
  raised_calls: Bigint;
  reserved_micro_usd: Bigint;
  reserved_tokens: Bigint;
  reserved_calls: Bigint;
  spent_micro_usd: Bigint;
  spent_tokens: Bigint;
  spent_calls: Bigint;
  /** Calls among the spent ones whose price nobody knows. */
  unknown_calls: Bigint;
  allows_unknown: Generated<boolean>;
  /** Highest threshold that people were told of, in percent. */
  alerted: Generated<number>;
}

/** What happened to a budget besides calls. */
interface BudgetHistoryTable {
  history_id: Generated<string>;
  tenant: string;
  budget: string;
  subject: string | null;
  period: string | null;
  /** Written once. */
  key: string;
  kind: string;
  run_id: string | null;
  by_whom: string | null;
  data: ColumnType<unknown, string, string>;
  at: Time;
}

/** Tables of this folder. */
export interface BudgetTables {
  budgets: BudgetsTable;
  budget_counters: BudgetCountersTable;
  budget_history: BudgetHistoryTable;
}
