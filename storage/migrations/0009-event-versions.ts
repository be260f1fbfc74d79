import type { NumberedMigration } from './numbered-migration.ts';

/** The version that each event is written in; all before were of the first. */
export const eventVersionsMigration: NumberedMigration = {
  name: '0009-event-versions',
  up: ['alter table events add column schema_version smallint not null default 1'],
  down: ['alter table events drop column schema_version'],
};
