import type { NumberedMigration } from './numbered-migration.ts';

/** Who decides on an approval and what became of it so far, and the proofs of decisions. */
export const peopleMigration: NumberedMigration = {
  name: '0008-people',
  up: [
    `alter table approvals add column terms json, add column told integer not null default 0,
      add column escalated_to text`,
    `alter table decisions add column key_id text, add column claimed text`,
  ],
  down: [
    'alter table decisions drop column key_id, drop column claimed',
    'alter table approvals drop column terms, drop column told, drop column escalated_to',
  ],
};
