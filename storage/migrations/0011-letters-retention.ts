import type { NumberedMigration } from './numbered-migration.ts';

/** Dead letters, and what remains of data that were taken away: runs without their contents, records without a name. */
export const lettersAndRetentionMigration: NumberedMigration = {
  name: '0011-letters-retention',
  up: [
    `create table dead_letters (
      letter_id text primary key, tenant text not null,
      kind text not null check (kind in ('tool', 'model', 'message')),
      run_id text not null, project text not null, step_id text not null, tool text not null, digest text,
      args json, args_blob text, code text not null, message text not null, retries integer not null,
      state text not null default 'open' check (state in ('open', 'replaying', 'closed')),
      replay_run text, replays integer not null default 0,
      created_at timestamptz not null default now(), closed_at timestamptz)`,
    `create index dead_letters_by_time on dead_letters (tenant, created_at desc)`,
    `create index dead_letters_by_run on dead_letters (run_id)`,
    `create index dead_letters_replaying on dead_letters (replay_run) where state = 'replaying'`,
    `alter table runs add column emptied_at timestamptz, add column emptied_by text`,
    `create index runs_to_empty on runs (tenant, ended_at) where ended_at is not null and emptied_at is null`,
    `alter table audit add column erasure text`,
    `create index audit_erased on audit (tenant, erasure, seq) where erasure is not null`,
  ],
  down: [
    'drop index audit_erased',
    'alter table audit drop column erasure',
    'drop index runs_to_empty',
    'alter table runs drop column emptied_at, drop column emptied_by',
    'drop table dead_letters',
  ],
};
