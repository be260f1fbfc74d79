import type { ColumnType, Generated } from 'kysely';

import type { AuditTables } from '../audit/tables.ts';
import type { BudgetTables } from '../budgets/tables.ts';
import type { DeadLetterTables } from '../dead-letters/tables.ts';
import type { HostTables } from '../hosts/tables.ts';
import type { LockTables } from '../locks/tables.ts';
import type { ModelTables } from '../models/tables.ts';
import type { TrustTables } from '../trust/tables.ts';
import type { TenantEventTables } from '../events/tenant-events-table.ts';
import type { NotificationTables } from '../notifications/tables.ts';
import type { PlaybookTables } from '../playbooks/tables.ts';
import type { PlaybookApplyTables } from '../playbook-applies/tables.ts';
import type { WorkspaceTables } from '../workspaces/tables.ts';

/** Text of JSON that goes in; the driver parses it on the way out. `json`, not `jsonb`: a model may write NUL characters. */
type JsonColumn = ColumnType<unknown, string, string>;
type NullableJsonColumn = ColumnType<unknown, string | null, string | null>;
/** Comes as a Date, goes as a Date or left to its default. */
type TimeColumn = ColumnType<Date, Date | undefined, Date>;
type NullableTimeColumn = ColumnType<Date | null, Date | null | undefined, Date | null>;
/** `bigint` comes as text. */
type BigintColumn = ColumnType<string, number | string | undefined, number | string>;
type NullableBigintColumn = ColumnType<
  string | null,
  number | string | null | undefined,
  number | string | null
>;

export interface RunsTable {
  run_id: string;
  tenant: string;
  project: string;
  first_execution: string;
  status: string;
  pause_reason: string | null;
  message: string | null;
  stop_reason: string | null;
  requested_by: string;
  title: string;
  specialist: string;
  policy: string;
  model: string | null;
  rehearsal: Generated<boolean>;
  request: JsonColumn;
  pins: JsonColumn;
  head: string;
  turn: Generated<number>;
  tokens_in: BigintColumn;
  tokens_out: BigintColumn;
  cost_micro_usd: NullableBigintColumn;
  event_seq: Generated<number>;
  noted: Generated<number>;
  result: NullableJsonColumn;
  patch: string | null;
  created_at: TimeColumn;
  updated_at: TimeColumn;
  ended_at: NullableTimeColumn;
  version: Generated<number>;
  /** When its contents were taken away; the row stays, so that its id is never used again. */
  emptied_at: NullableTimeColumn;
  /** `prune` or `erase`. */
  emptied_by: string | null;
}

export interface TurnsTable {
  turn_id: string;
  tenant: string;
  run_id: string;
  head_before: string;
  /** Attempt and fault counters while it is asked. */
  faults: NullableJsonColumn;
  attempts: Generated<number>;
  /** The stored answer, once there is one. */
  answer: NullableJsonColumn;
  created_at: TimeColumn;
  answered_at: NullableTimeColumn;
}

export interface BlocksTable {
  tenant: string;
  hash: string;
  parent: string | null;
  body: JsonColumn;
}

export interface BlobsTable {
  tenant: string;
  hash: string;
  bytes: Buffer;
  created_at: TimeColumn;
}

export interface DefinitionsTable {
  tenant: string;
  kind: string;
  name: string;
  version: number;
  hash: string;
  body: JsonColumn;
  /** Where it comes from: `built-in` or a file name. */
  origin: string;
  created_at: TimeColumn;
  removed_at: NullableTimeColumn;
}

export interface PreparedCallsTable {
  call_id: string;
  digest: string;
  tenant: string;
  run_id: string;
  tool: string;
  access: string;
  arguments: JsonColumn;
  facts: JsonColumn;
  preconditions: JsonColumn;
  verdict: JsonColumn;
  why: JsonColumn;
  preview: string;
  detail: string;
  decision_id: string | null;
  /** How far the source of the tool was trusted then; null for a call that was not judged, and for old ones. */
  trust: Generated<string | null>;
  /** Hash of the arguments as a person gave them; null where none did, and for old ones. */
  given: Generated<string | null>;
  created_at: TimeColumn;
}

export interface CallOutcomesTable {
  call_id: string;
  tenant: string;
  run_id: string;
  digest: string;
  outcome: JsonColumn;
  /** Blobs that belong to it: the text as the model sees it, and whole. */
  texts: ColumnType<string[], string[] | undefined, string[]>;
  /** Null where the ledger knows the times, or nothing was performed. */
  duration_ms: Generated<number | null>;
  created_at: TimeColumn;
}

export interface EffectsTable {
  call_id: string;
  tenant: string;
  run_id: string;
  agent_path: string;
  effect_seq: number;
  digest: string;
  tool: string;
  target: string;
  state: string;
  owner: JsonColumn;
  fence: number;
  lease_until: TimeColumn;
  before: JsonColumn;
  result: string | null;
  evidence: string | null;
  settled_by: string | null;
  settled_reason: string | null;
  created_at: TimeColumn;
  ended_at: NullableTimeColumn;
  /** The effect that this one takes back. */
  undoes: Generated<string | null>;
}

export interface ApprovalsTable {
  approval_id: string;
  tenant: string;
  run_id: string;
  kind: string;
  call_id: string | null;
  digest: string;
  subject: string;
  risk: string;
  rule: string;
  state: string;
  requested_at: TimeColumn;
  expires_at: TimeColumn;
  decided_at: NullableTimeColumn;
  /** Who decides, where policy says so. */
  terms: NullableJsonColumn;
  /** How often people were told of it again. */
  told: Generated<number>;
  /** Roles, or `person:NAME`, with spaces between them. */
  escalated_to: string | null;
}

export interface DecisionsTable {
  decision_id: string;
  tenant: string;
  run_id: string;
  approval_id: string;
  digest: string;
  decision: string;
  reason: string | null;
  by_whom: string;
  via: string;
  decided_at: TimeColumn;
  /** Key of the proof; null for nobody's. */
  key_id: string | null;
  /** The name that came along without a proof. */
  claimed: string | null;
}

export interface UsageTable {
  turn_id: string;
  tier: number;
  attempt: number;
  tenant: string;
  run_id: string;
  project: string;
  model: string;
  state: string;
  tokens_in: BigintColumn;
  tokens_out: BigintColumn;
  cached_tokens: NullableBigintColumn;
  cost_micro_usd: NullableBigintColumn;
  cost_source: string | null;
  partial: Generated<boolean>;
  code: string | null;
  started_at: TimeColumn;
  ended_at: NullableTimeColumn;
  /** Counters of the budgets that cover the call. */
  counters: ColumnType<string[], string[] | undefined, string[]>;
  reserved_micro_usd: NullableBigintColumn;
  reserved_tokens: BigintColumn;
}

export interface EventsTable {
  run_id: string;
  seq: number;
  tenant: string;
  type: string;
  at: TimeColumn;
  data: JsonColumn;
  /** Major version that it is written in. */
  schema_version: number;
}

export interface StopsTable {
  tenant: string;
  scope: string;
  kind: string;
  reason: string;
  by_whom: string;
  created_at: TimeColumn;
  /** Order in which rows were written. */
  seq: Generated<string>;
}

export interface StopHistoryTable {
  history_id: Generated<string>;
  tenant: string;
  action: string;
  scope: string;
  reason: string;
  by_whom: string;
  at: TimeColumn;
}

export interface DeltasTable {
  turn_id: string;
  attempt: number;
  seq: number;
  tenant: string;
  run_id: string;
  text: string;
}

/** Every table of the database. */
export interface Tables
  extends
    AuditTables,
    BudgetTables,
    DeadLetterTables,
    HostTables,
    LockTables,
    ModelTables,
    NotificationTables,
    TenantEventTables,
    TrustTables,
    PlaybookTables,
    PlaybookApplyTables,
    WorkspaceTables {
  runs: RunsTable;
  turns: TurnsTable;
  blocks: BlocksTable;
  blobs: BlobsTable;
  definitions: DefinitionsTable;
  prepared_calls: PreparedCallsTable;
  call_outcomes: CallOutcomesTable;
  effects: EffectsTable;
  approvals: ApprovalsTable;
  decisions: DecisionsTable;
  usage: UsageTable;
  events: EventsTable;
  stops: StopsTable;
  stop_history: StopHistoryTable;
  deltas: DeltasTable;
}
