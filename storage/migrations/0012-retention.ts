import type { NumberedMigration } from './numbered-migration.ts';

/** What pruning looks things up by: the texts of an outcome, the children of a block, the runs at a block. */
export const retentionMigration: NumberedMigration = {
  name: '0012-retention',
  up: [
    `alter table call_outcomes add column texts text[] not null default '{}'`,
    'create index blocks_by_parent on blocks (tenant, parent) where parent is not null',
    'create index runs_by_head on runs (tenant, head)',
  ],
  down: [
    'drop index runs_by_head',
    'drop index blocks_by_parent',
    'alter table call_outcomes drop column texts',
  ],
};
