import type { NumberedMigration } from './numbered-migration.ts';

/** What playbooks changed, task by task and host by host, and which contents of a repository a person has looked at. */
export const playbookAppliesMigration: NumberedMigration = {
  name: '0018-playbook-applies',
  up: [
    `create table playbook_applies (
      call_id text primary key, tenant text not null, run_id text not null,
      playbook text not null, request json not null, content text not null, hosts text[] not null,
      status text not null, counts json, resumes text, rolls_back text,
      began_at timestamptz not null default now(), ended_at timestamptz)`,
    'create index playbook_applies_by_run on playbook_applies (run_id)',
    `create unique index playbook_applies_rolls_back on playbook_applies (tenant, rolls_back)
      where rolls_back is not null`,
    `create table playbook_changes (
      call_id text not null, position integer not null, tenant text not null, run_id text not null,
      host text not null, play text not null, number integer not null, task text not null, action text not null,
      path text, is_handler boolean not null, leaves text[] not null, notifies text[] not null,
      status text not null, diff_hash text, primary key (call_id, position))`,
    'create index playbook_changes_by_run on playbook_changes (run_id)',
    `create table playbook_contents (
      tenant text not null, hash text not null, run_id text not null, call_id text not null,
      primary key (tenant, hash))`,
    'create index playbook_contents_by_run on playbook_contents (run_id)',
  ],
  down: [
    'drop table playbook_contents',
    'drop table playbook_changes',
    'drop table playbook_applies',
  ],
};
