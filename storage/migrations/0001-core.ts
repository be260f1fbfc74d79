import type { NumberedMigration } from './numbered-migration.ts';

/** Runs, conversations, calls, the effect ledger, approvals, usage and events. */
export const coreMigration: NumberedMigration = {
  name: '0001-core',
  up: [
    `create table runs (
      run_id text primary key, tenant text not null, project text not null, first_execution text not null,
      status text not null, pause_reason text, message text, stop_reason text, requested_by text not null,
      title text not null, specialist text not null, policy text not null, model text,
      rehearsal boolean not null default false,
      request json not null, pins json not null, head text not null, turn integer not null default 0,
      tokens_in bigint not null default 0, tokens_out bigint not null default 0, cost_micro_usd bigint,
      event_seq integer not null default 0, noted integer not null default 0,
      result json, patch text, created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
      ended_at timestamptz, version integer not null default 1)`,
    `create index runs_by_time on runs (tenant, created_at desc)`,
    `create index runs_by_status on runs (tenant, status) where ended_at is null`,
    `create table turns (
      turn_id text primary key, tenant text not null, run_id text not null, head_before text not null,
      faults json, attempts integer not null default 0, answer json, created_at timestamptz not null default now(), answered_at timestamptz)`,
    `create index turns_by_run on turns (run_id)`,
    `create table blocks (
      tenant text not null, hash text not null, parent text, body json not null, primary key (tenant, hash))`,
    `create table blobs (
      tenant text not null, hash text not null, bytes bytea not null, created_at timestamptz not null default now(), primary key (tenant, hash))`,
    `create table definitions (
      tenant text not null, kind text not null, name text not null, version integer not null, hash text not null,
      body json not null, origin text not null, created_at timestamptz not null default now(), removed_at timestamptz,
      primary key (tenant, kind, name, version))`,
    `create table prepared_calls (
      call_id text not null, digest text not null, tenant text not null, run_id text not null, tool text not null,
      access text not null, arguments json not null, facts json not null, preconditions json not null, verdict json not null,
      why json not null, preview text not null, detail text not null, decision_id text, created_at timestamptz not null default now(),
      primary key (call_id, digest))`,
    `create table call_outcomes (
      call_id text primary key, tenant text not null, run_id text not null, digest text not null, outcome json not null,
      created_at timestamptz not null default now())`,
    `create table effects (
      call_id text primary key, tenant text not null, run_id text not null, agent_path text not null, effect_seq integer not null,
      digest text not null, tool text not null, target text not null,
      state text not null check (state in ('intent', 'committed', 'failed', 'unknown')),
      owner json not null, fence integer not null, lease_until timestamptz not null, before json not null, result text, evidence text,
      settled_by text, settled_reason text, created_at timestamptz not null default now(), ended_at timestamptz,
      unique (run_id, agent_path, effect_seq))`,
    `create index effects_open on effects (tenant, state) where state in ('intent', 'unknown')`,
    `create table approvals (
      approval_id text primary key, tenant text not null, run_id text not null, kind text not null, call_id text, digest text not null,
      subject text not null, risk text not null, rule text not null, state text not null,
      requested_at timestamptz not null, expires_at timestamptz not null, decided_at timestamptz)`,
    `create index approvals_open on approvals (tenant, run_id) where state = 'open'`,
    `create table decisions (
      decision_id text primary key, tenant text not null, run_id text not null, approval_id text not null, digest text not null,
      decision text not null, reason text, by_whom text not null, via text not null, decided_at timestamptz not null)`,
    `create table usage (
      turn_id text not null, tier integer not null, attempt integer not null, tenant text not null, run_id text not null,
      project text not null, model text not null, state text not null, tokens_in bigint not null default 0, tokens_out bigint not null default 0,
      cached_tokens bigint, cost_micro_usd bigint, cost_source text, partial boolean not null default false, code text,
      started_at timestamptz not null default now(), ended_at timestamptz, primary key (turn_id, tier, attempt))`,
    `create index usage_by_run on usage (run_id)`,
    `create table events (
      run_id text not null, seq integer not null, tenant text not null, type text not null, at timestamptz not null, data json not null,
      primary key (run_id, seq))`,
    `create table stops (
      tenant text not null, scope text not null, kind text not null, reason text not null, by_whom text not null,
      created_at timestamptz not null default now(), primary key (tenant, scope, kind))`,
    `create unlogged table deltas (
      turn_id text not null, attempt integer not null, seq integer not null, tenant text not null, run_id text not null, text text not null,
      primary key (turn_id, attempt, seq))`,
    `create index deltas_by_run on deltas (run_id)`,
  ],
  down: [
    'drop table deltas',
    'drop table stops',
    'drop table events',
    'drop table usage',
    'drop table decisions',
    'drop table approvals',
    'drop table effects',
    'drop table call_outcomes',
    'drop table prepared_calls',
    'drop table definitions',
    'drop table blobs',
    'drop table blocks',
    'drop table turns',
    'drop table runs',
  ],
};
