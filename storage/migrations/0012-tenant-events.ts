import type { NumberedMigration } from './numbered-migration.ts';

/** The log of what happens to a whole installation and belongs to no run. */
export const tenantEventsMigration: NumberedMigration = {
  name: '0012-tenant-events',
  up: [
    `create table tenant_events (
      event_id bigint generated always as identity primary key,
      tenant text not null, type text not null, at timestamptz not null default now(), actor text not null,
      run_id text not null default '', data json not null)`,
    'create index tenant_events_of on tenant_events (tenant, event_id)',
  ],
  down: ['drop table tenant_events'],
};
