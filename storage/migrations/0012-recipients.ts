import type { NumberedMigration } from './numbered-migration.ts';

/** A notification has a row for each mail address that it goes to. */
export const recipientsMigration: NumberedMigration = {
  name: '0012-recipients',
  up: [
    `alter table notifications add column recipient text not null default ''`,
    `alter table notifications drop constraint notifications_pkey, add primary key (event_id, destination, recipient)`,
  ],
  down: [
    // The older schema has one row for each destination: what is there already stays, once.
    `delete from notifications where recipient <> '' and (event_id, destination, recipient) not in (
      select event_id, destination, min(recipient) from notifications group by event_id, destination)`,
    'alter table notifications drop constraint notifications_pkey, drop column recipient, add primary key (event_id, destination)',
  ],
};
