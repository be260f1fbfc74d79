import type { NumberedMigration } from './numbered-migration.ts';

/** How far people trust the sources of tools. */
export const toolTrustMigration: NumberedMigration = {
  name: '0012-tool-trust',
  up: [
    `create table tool_trust (
      tenant text not null, source text not null,
      level text not null check (level in ('UNTRUSTED', 'VERIFIED', 'TRUSTED')),
      by_whom text not null, at timestamptz not null default now(),
      primary key (tenant, source))`,
  ],
  down: ['drop table tool_trust'],
};
