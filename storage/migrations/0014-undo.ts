import type { NumberedMigration } from './numbered-migration.ts';

/** Which effect a row of the ledger takes back: at most one row each. */
export const undoMigration: NumberedMigration = {
  name: '0014-undo',
  up: [
    'alter table effects add column undoes text',
    'create unique index effects_undoes on effects (undoes) where undoes is not null',
  ],
  // A row that takes another one back means nothing to the ledger before.
  down: ['delete from effects where undoes is not null', 'alter table effects drop column undoes'],
};
