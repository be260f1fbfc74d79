import type { NumberedMigration } from './numbered-migration.ts';

/** What hosts report of themselves. They belong to no tenant: runs of all tenants work on them. */
export const hostsMigration: NumberedMigration = {
  name: '0016-hosts',
  up: [
    `create table hosts (
      host_id text primary key, name text not null, metrics jsonb not null, threshold double precision not null,
      registered_at timestamptz not null default now(), reported_at timestamptz not null)`,
    'create index hosts_by_metrics on hosts using gin (metrics)',
    `create index runs_by_capacity on runs (tenant, created_at) where ended_at is null and pause_reason = 'capacity'`,
  ],
  down: ['drop index runs_by_capacity', 'drop table hosts'],
};
