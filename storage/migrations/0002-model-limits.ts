import type { NumberedMigration } from './numbered-migration.ts';

/** Circuit breakers and rate limits of models, shared by all workers. */
export const modelLimitsMigration: NumberedMigration = {
  name: '0002-model-limits',
  up: [
    `create table model_breakers (
      tenant text not null, backend text not null,
      state text not null check (state in ('closed', 'open', 'half_open')),
      generation integer not null default 0, failures integer not null default 0,
      opened_at timestamptz, probe_until timestamptz, changed_at timestamptz not null, last_error text,
      primary key (tenant, backend))`,
    `create table model_rate_buckets (
      tenant text not null, model text not null,
      calls double precision not null, tokens double precision not null, filled_at timestamptz not null,
      minute_start timestamptz not null, minute_calls double precision not null, minute_tokens double precision not null,
      primary key (tenant, model))`,
  ],
  down: ['drop table model_rate_buckets', 'drop table model_breakers'],
};
