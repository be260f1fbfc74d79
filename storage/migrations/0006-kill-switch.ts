import type { NumberedMigration } from './numbered-migration.ts';

/**
 * The kill switch: an order of stop rows, what was stopped and resumed by whom, and one function that every statement asks
 * that begins something. It is volatile, so that it sees what was committed while the statement waited for a lock.
 */
export const killSwitchMigration: NumberedMigration = {
  name: '0006-kill-switch',
  up: [
    'alter table stops add column seq bigint generated always as identity',
    `create index stops_standing on stops (tenant) where kind <> 'cancel'`,
    `create table stop_history (
      history_id bigint generated always as identity primary key,
      tenant text not null, action text not null, scope text not null, reason text not null, by_whom text not null,
      at timestamptz not null default now())`,
    `create function stopped_by(for_tenant text, for_run text, for_scopes text[]) returns text language plpgsql volatile as $$
    declare
      found_scope text;
    begin
      select s.scope into found_scope from stops s
      where s.tenant = for_tenant and s.kind = 'cancel' and s.scope like 'run:%' and s.scope = any(for_scopes)
      limit 1;
      if found then return found_scope; end if;
      select s.scope into found_scope from stops s
      where s.tenant in (for_tenant, '*') and s.kind <> 'cancel' and s.kind <> 'release'
        and (s.scope = any(for_scopes)
          or s.scope !~ '^(all$|(tenant|project|specialist|tool|hostGroup|run):.*[^[:space:]])')
        and not exists (
          select from stops r
          where r.tenant = for_tenant and r.kind = 'release' and r.scope = 'run:' || for_run and r.seq > s.seq)
      order by s.seq limit 1;
      return found_scope;
    end $$`,
  ],
  down: [
    'drop function stopped_by(text, text, text[])',
    'drop table stop_history',
    'drop index stops_standing',
    'alter table stops drop column seq',
  ],
};
