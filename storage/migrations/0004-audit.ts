import type { NumberedMigration } from './numbered-migration.ts';

/** Outbox of what is to be audited, one chain of records for each tenant, and what reads behind it. */
export const auditMigration: NumberedMigration = {
  name: '0004-audit',
  up: [
    `create table outbox (
      id bigint generated always as identity primary key,
      tenant text not null, run_id text not null, position text not null, kind text not null, at timestamptz(3) not null,
      actor text not null, subject text not null, digest text not null, decision text, seq bigint,
      unique (tenant, run_id, position, kind))`,
    `create index outbox_waiting on outbox (tenant, id) where seq is null`,
    `create unique index outbox_by_seq on outbox (tenant, seq) where seq is not null`,
    // Milliseconds only: a hash covers the time as it is written out.
    `create table audit (
      tenant text not null, seq bigint not null, at timestamptz(3) not null, actor text not null, kind text not null,
      run_id text not null, subject text not null, digest text not null, decision text,
      prev_hash text not null, hash text not null, primary key (tenant, seq))`,
    `create index audit_by_run on audit (tenant, run_id, seq)`,
    `create index audit_by_time on audit (tenant, at)`,
    `create table audit_heads (
      tenant text primary key, seq bigint not null, hash text not null)`,
    `create table audit_checkpoints (
      tenant text not null, seq bigint not null, hash text not null, at timestamptz(3) not null,
      key_id text not null, signature text not null, primary key (tenant, seq))`,
    `create table audit_readers (
      tenant text not null, reader text not null, seq bigint not null, primary key (tenant, reader))`,
  ],
  down: [
    'drop table audit_readers',
    'drop table audit_checkpoints',
    'drop table audit_heads',
    'drop table audit',
    'drop table outbox',
  ],
};
