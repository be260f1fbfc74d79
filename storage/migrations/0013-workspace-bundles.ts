import type { NumberedMigration } from './numbered-migration.ts';

/** Bundles of workspaces, which blobs they are made of, and which hosts are alive. */
export const workspaceBundlesMigration: NumberedMigration = {
  name: '0013-workspace-bundles',
  up: [
    'create table workspace_hosts (host text primary key, seen_at timestamptz not null)',
    `create table workspace_bundles (
      workspace_id text primary key, tenant text not null, run_id text not null,
      host text not null, token text not null,
      behind integer not null, as_of timestamptz not null, parts text[] not null, bytes bigint not null,
      problem text, loss json)`,
    'create index workspace_bundles_by_run on workspace_bundles (run_id)',
    `create table workspace_bundle_blobs (
      workspace_id text not null, hash text not null, tenant text not null, run_id text not null,
      replaced_at timestamptz, primary key (workspace_id, hash))`,
    'create index workspace_bundle_blobs_by_run on workspace_bundle_blobs (run_id)',
    `create index workspace_bundle_blobs_replaced on workspace_bundle_blobs (tenant)
      where replaced_at is not null`,
  ],
  down: [
    'drop table workspace_bundle_blobs',
    'drop table workspace_bundles',
    'drop table workspace_hosts',
  ],
};
