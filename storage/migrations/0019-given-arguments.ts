import type { NumberedMigration } from './numbered-migration.ts';

/** Hash of the arguments that a person gave a call, as they were signed. */
export const givenArgumentsMigration: NumberedMigration = {
  name: '0019-given-arguments',
  up: ['alter table prepared_calls add column given text'],
  down: ['alter table prepared_calls drop column given'],
};
