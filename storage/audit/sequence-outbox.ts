import { sql } from 'kysely';

import {
  firstPrevHash,
  type AuditCheckpoint,
  type AuditKind,
  type AuditRecord,
} from '../../domain/audit/audit-record.ts';
import type { Database, Executor } from '../postgres/database.ts';
import type { SignCheckpoint } from './checkpoints.ts';
import { hashOfRecord } from './records.ts';

/** Rows that become records in one transaction. */
const maxBatch = 1_000;

/** What one batch came to: how many records, and the signed end of the chain behind them. */
export interface SequencedBatch {
  readonly count: number;
  readonly checkpoint: AuditCheckpoint | undefined;
}

/**
 * Takes what waits in the outbox of a tenant, oldest first, into its chain, and signs the new end: one transaction.
 * Whoever does it holds the row of the chain's head, so two at once wait for each other and never fork it; one that dies
 * or freezes leaves everything as it was.
 */
export async function sequenceBatch(
  db: Database,
  tenant: string,
  signCheckpoint: SignCheckpoint,
): Promise<SequencedBatch> {
  if (!(await isWaiting(db, tenant))) return { count: 0, checkpoint: undefined };
  return db.transaction().execute(async (tx) => {
    // A process that is frozen here would keep everybody else waiting.
    await sql`set local idle_in_transaction_session_timeout = '10s'`.execute(tx);
    const head = await lockHead(tx, tenant);
    const rows = await waitingRows(tx, tenant);
    const records = chained(tenant, head, rows);
    const last = records.at(-1);
    if (last === undefined) return { count: 0, checkpoint: undefined };
    const { seq, hash } = last;
    const checkpoint = signCheckpoint({ tenant, seq, hash, at: new Date().toISOString() });
    await write(tx, { rows, records, checkpoint });
    return { count: records.length, checkpoint };
  });
}

async function isWaiting(db: Executor, tenant: string): Promise<boolean> {
  const { rows } = await sql`
    select from outbox where tenant = ${tenant} and seq is null limit 1`.execute(db);
  return rows.length > 0;
}

interface Head {
  readonly seq: number;
  readonly hash: string;
}

async function lockHead(tx: Executor, tenant: string): Promise<Head> {
  await sql`
    insert into audit_heads (tenant, seq, hash) values (${tenant}, 0, ${firstPrevHash})
    on conflict (tenant) do nothing`.execute(tx);
  const { rows } = await sql<{ readonly seq: string; readonly hash: string }>`
    select seq, hash from audit_heads where tenant = ${tenant} for update`.execute(tx);
  const [head] = rows;
  if (head === undefined) throw new Error(`the head of the chain of ${tenant} vanished`);
  return { seq: Number(head.seq), hash: head.hash };
}

interface WaitingRow {
  readonly id: string;
  readonly run_id: string;
  readonly kind: AuditKind;
  readonly at: Date;
  readonly actor: string;
  readonly subject: string;
  readonly digest: string;
  readonly decision: string | null;
}

async function waitingRows(tx: Executor, tenant: string): Promise<readonly WaitingRow[]> {
  const { rows } = await sql<WaitingRow>`
    select id, run_id, kind, at, actor, subject, digest, decision from outbox
    where tenant = ${tenant} and seq is null order by id limit ${maxBatch}`.execute(tx);
  return rows;
}

function chained(tenant: string, head: Head, rows: readonly WaitingRow[]): readonly AuditRecord[] {
  const records: AuditRecord[] = [];
  for (const row of rows) {
    const before = records.at(-1) ?? head;
    const record = {
      seq: before.seq + 1,
      tenant,
      at: row.at.toISOString(),
      actor: row.actor,
      kind: row.kind,
      runId: row.run_id,
      subject: row.subject,
      digest: row.digest,
      ...(row.decision === null ? {} : { decision: row.decision }),
      prevHash: before.hash,
    };
    records.push({ ...record, hash: hashOfRecord(record) });
  }
  return records;
}

interface Batch {
  readonly rows: readonly WaitingRow[];
  readonly records: readonly AuditRecord[];
  readonly checkpoint: AuditCheckpoint;
}

/** One statement, whose text is the same for every batch. */
async function write(tx: Executor, { rows, records, checkpoint }: Batch): Promise<void> {
  const { tenant, seq, hash, at, keyId, signature } = checkpoint;
  const numbered = records.map((record, index) => ({ ...record, id: rows[index]?.id }));
  await sql`
    with batch as (
      select * from json_to_recordset(${JSON.stringify(numbered)}::json) as r (
        id bigint, seq bigint, at timestamptz, actor text, kind text, "runId" text, subject text, digest text,
        decision text, "prevHash" text, hash text)),
    recorded as (
      insert into audit (tenant, seq, at, actor, kind, run_id, subject, digest, decision, prev_hash, hash)
      select ${tenant}, seq, at, actor, kind, "runId", subject, digest, decision, "prevHash", hash from batch),
    numbered as (
      update outbox set seq = batch.seq from batch where outbox.id = batch.id),
    head as (
      update audit_heads set seq = ${seq}, hash = ${hash} where tenant = ${tenant})
    insert into audit_checkpoints (tenant, seq, hash, at, key_id, signature)
    values (${tenant}, ${seq}, ${hash}, ${at}::timestamptz, ${keyId}, ${signature})`.execute(tx);
}
