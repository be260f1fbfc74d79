import type { NumberedMigration } from './numbered-migration.ts';

/**
 * Locks and the wishes for them. The number of a lock stays when nobody holds it, so that it only grows. A wish with a
 * fence holds the lock, one with a place waits for it.
 */
export const locksMigration: NumberedMigration = {
  name: '0015-locks',
  up: [
    `create table locks (
      tenant text not null, name text not null, lock_id text not null unique, fence bigint not null default 0,
      primary key (tenant, name))`,
    `create table lock_requests (
      tenant text not null, name text not null, request_id text not null, run_id text not null, call_id text not null,
      mode text not null, purpose text not null, asked_at timestamptz not null default now(),
      place integer, fence bigint, granted_at timestamptz, lease_until timestamptz,
      primary key (tenant, name, request_id),
      foreign key (tenant, name) references locks on delete cascade,
      unique (tenant, name, fence),
      check ((place is null) <> (fence is null)))`,
    'create index lock_requests_of on lock_requests (run_id)',
  ],
  down: ['drop table lock_requests', 'drop table locks'],
};
