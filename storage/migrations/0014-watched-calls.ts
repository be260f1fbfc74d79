import type { NumberedMigration } from './numbered-migration.ts';

/** How far the source of a call's tool was trusted when it was judged, and how long a call without an effect took. */
export const watchedCallsMigration: NumberedMigration = {
  name: '0014-watched-calls',
  up: [
    'alter table prepared_calls add column trust text',
    'alter table call_outcomes add column duration_ms integer',
  ],
  down: [
    'alter table call_outcomes drop column duration_ms',
    'alter table prepared_calls drop column trust',
  ],
};
