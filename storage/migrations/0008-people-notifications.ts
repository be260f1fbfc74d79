import type { NumberedMigration } from './numbered-migration.ts';

/** Notifications on their way, and those that could not be delivered. */
export const notificationsMigration: NumberedMigration = {
  name: '0008-people-notifications',
  up: [
    `create table notifications (
      event_id text not null, destination text not null, tenant text not null, run_id text not null, body json not null,
      state text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
      attempts integer not null default 0, next_at timestamptz not null default now(), last_error text,
      created_at timestamptz not null default now(), ended_at timestamptz,
      primary key (event_id, destination))`,
    `create index notifications_pending on notifications (next_at) where state = 'pending'`,
    `create index notifications_dead on notifications (tenant, created_at) where state = 'dead'`,
  ],
  down: ['drop table notifications'],
};
