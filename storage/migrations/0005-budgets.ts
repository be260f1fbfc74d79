import type { NumberedMigration } from './numbered-migration.ts';

const amounts = (prefix: string): string =>
  `${prefix}_micro_usd bigint not null default 0, ${prefix}_tokens bigint not null default 0,
      ${prefix}_calls bigint not null default 0`;

/** Budgets, what was used of them, and which of them each model call was counted against. */
export const budgetsMigration: NumberedMigration = {
  name: '0005-budgets',
  up: [
    `create table budgets (
      tenant text not null, name text not null,
      scope text not null check (scope in ('tenant', 'project', 'specialist', 'run', 'schedule')), subject text,
      per text not null check (per in ('total', 'day')),
      max_micro_usd bigint, max_tokens bigint, max_calls bigint,
      origin text not null, created_at timestamptz not null default now(),
      primary key (tenant, name))`,
    `create table budget_counters (
      counter_id bigint generated always as identity primary key,
      tenant text not null, budget text not null, subject text not null, period text not null,
      ${amounts('raised')}, ${amounts('reserved')}, ${amounts('spent')},
      unknown_calls bigint not null default 0, allows_unknown boolean not null default false,
      alerted integer not null default 0,
      unique (tenant, budget, subject, period)) with (fillfactor = 70)`,
    `create table budget_history (
      history_id bigint generated always as identity primary key,
      tenant text not null, budget text not null, subject text, period text, key text not null, kind text not null,
      run_id text, by_whom text, data json not null, at timestamptz not null default now(),
      unique (tenant, key))`,
    `create index budget_history_by_budget on budget_history (tenant, budget, history_id desc)`,
    `alter table usage add column counters bigint[] not null default '{}',
      add column reserved_micro_usd bigint, add column reserved_tokens bigint not null default 0`,
    `create index usage_by_time on usage (tenant, started_at)`,
  ],
  down: [
    'drop index usage_by_time',
    'alter table usage drop column counters, drop column reserved_micro_usd, drop column reserved_tokens',
    'drop table budget_history',
    'drop table budget_counters',
    'drop table budgets',
  ],
};
