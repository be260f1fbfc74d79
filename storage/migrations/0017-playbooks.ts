import type { NumberedMigration } from './numbered-migration.ts';

/** Which playbooks people accepted for which requests, and embeddings of what playbooks are for. */
export const playbooksMigration: NumberedMigration = {
  name: '0017-playbooks',
  up: [
    `create table playbook_matches (
      tenant text not null, repository text not null, request text not null,
      playbook text not null, at timestamptz not null default now(),
      primary key (tenant, repository, request))`,
    `create table playbook_embeddings (
      tenant text not null, model text not null, content text not null, vector json not null,
      primary key (tenant, model, content))`,
  ],
  down: ['drop table playbook_embeddings', 'drop table playbook_matches'],
};
