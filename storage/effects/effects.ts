import { sql } from 'kysely';

import type { EffectOwner, EffectRecord, EffectState } from '../../domain/effects/effect-record.ts';
import type { Json } from '../../domain/json.ts';
import type { Executor } from '../postgres/database.ts';
import { withoutWait } from '../postgres/without-wait.ts';

/** An effect about to be written down. */
export interface NewIntent {
  readonly callId: string;
  readonly tenant: string;
  readonly runId: string;
  readonly agentPath: string;
  readonly effectSeq: number;
  readonly digest: string;
  readonly tool: string;
  readonly target: string;
  readonly owner: EffectOwner;
  readonly leaseUntil: Date;
  readonly before: Json;
  /** Where the fence of this row begins. */
  readonly fence: number;
}

/** One row of the ledger. */
export async function getEffect(db: Executor, callId: string): Promise<EffectRecord | undefined> {
  const row = await db
    .selectFrom('effects')
    .selectAll()
    .where('call_id', '=', callId)
    .executeTakeFirst();
  return row === undefined ? undefined : asRecord(row);
}

/** The row of a number of one agent. */
export async function effectOfNumber(
  db: Executor,
  { runId, agentPath, effectSeq }: Pick<NewIntent, 'runId' | 'agentPath' | 'effectSeq'>,
): Promise<EffectRecord | undefined> {
  const row = await db
    .selectFrom('effects')
    .selectAll()
    .where('run_id', '=', runId)
    .where('agent_path', '=', agentPath)
    .where('effect_seq', '=', effectSeq)
    .executeTakeFirst();
  return row === undefined ? undefined : asRecord(row);
}

/** Rows of a run that are not settled, oldest first; what people take back is no part of it. */
export async function openEffects(db: Executor, runId: string): Promise<readonly EffectRecord[]> {
  const rows = await db
    .selectFrom('effects')
    .selectAll()
    .where('run_id', '=', runId)
    .where('undoes', 'is', null)
    .where('state', 'in', ['intent', 'unknown'])
    .orderBy('effect_seq')
    .execute();
  return rows.map((row) => asRecord(row));
}

/** What the ledger says of one effect of a run. */
export type RunEffect = Pick<EffectRecord, 'callId' | 'tool' | 'state' | 'before'>;

/** Every effect of the agents of a run, in the order in which they were begun. */
export async function readRunEffects(db: Executor, runId: string): Promise<readonly RunEffect[]> {
  const rows = await db
    .selectFrom('effects')
    .selectAll()
    .where('run_id', '=', runId)
    .where('undoes', 'is', null)
    .orderBy('effect_seq')
    .execute();
  return rows.map((row) => asRecord(row));
}

/** Takes an intent over from a dead owner. Returns the new fence, or undefined when somebody else was faster. */
export async function takeOver(
  db: Executor,
  record: EffectRecord,
  taker: { readonly owner: EffectOwner; readonly leaseUntil: Date },
): Promise<number | undefined> {
  const fence = record.fence + 1;
  const result = await db
    .updateTable('effects')
    .set({ owner: JSON.stringify(taker.owner), fence, lease_until: taker.leaseUntil })
    .where('call_id', '=', record.callId)
    .where('fence', '=', record.fence)
    .where('state', '=', 'intent')
    .executeTakeFirst();
  return result.numUpdatedRows > 0n ? fence : undefined;
}

/** Lengthens the lease of an intent that goes on. Its commit does not wait for the disk: the next beat comes soon. */
export async function renewLease(
  db: Executor,
  key: { readonly callId: string; readonly fence: number },
  leaseUntil: Date,
): Promise<void> {
  await sql`
    with ${withoutWait}
    update effects set lease_until = ${leaseUntil}::timestamptz from without_wait
    where call_id = ${key.callId} and fence = ${key.fence} and state = 'intent'`.execute(db);
}

/** How an effect ended. */
export interface EffectEnd {
  readonly callId: string;
  /** The fence of the writer: a row that somebody took over is left alone. */
  readonly fence: number;
  readonly state: Exclude<EffectState, 'intent'>;
  readonly result?: string | undefined;
  readonly evidence?: string | undefined;
}

/** Ends an intent. Returns false when the row is not the writer's any more. */
export async function endEffect(db: Executor, end: EffectEnd): Promise<boolean> {
  const result = await db
    .updateTable('effects')
    .set({
      state: end.state,
      result: end.result ?? null,
      evidence: end.evidence ?? null,
      ended_at: new Date(),
    })
    .where('call_id', '=', end.callId)
    .where('fence', '=', end.fence)
    .where('state', '=', 'intent')
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Takes an intent back whose act could not begin. Returns false when the row is not the writer's any more. */
export async function dropIntent(
  db: Executor,
  { callId, fence }: { readonly callId: string; readonly fence: number },
): Promise<boolean> {
  const result = await db
    .deleteFrom('effects')
    .where('call_id', '=', callId)
    .where('fence', '=', fence)
    .where('state', '=', 'intent')
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** What a person said about an unknown effect. */
export interface SettledEffect {
  readonly callId: string;
  readonly state: 'committed' | 'failed';
  readonly by: string;
  readonly reason: string;
  readonly result: string | null;
}

/** Settles an unknown effect. Returns false when it is not unknown any more. */
export async function settleEffect(db: Executor, settled: SettledEffect): Promise<boolean> {
  const result = await db
    .updateTable('effects')
    .set({
      state: settled.state,
      settled_by: settled.by,
      settled_reason: settled.reason,
      result: settled.result,
      ended_at: new Date(),
    })
    .where('call_id', '=', settled.callId)
    .where('state', '=', 'unknown')
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Removes an unknown effect whose process is proved dead, so that the call may run once more. */
export async function clearForAnotherRun(db: Executor, callId: string): Promise<boolean> {
  const result = await db
    .deleteFrom('effects')
    .where('call_id', '=', callId)
    .where('state', '=', 'unknown')
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

interface EffectRow {
  readonly call_id: string;
  readonly effect_seq: number;
  readonly digest: string;
  readonly tool: string;
  readonly state: string;
  readonly owner: unknown;
  readonly fence: number;
  readonly lease_until: Date;
  readonly before: unknown;
  readonly result: string | null;
  readonly evidence: string | null;
  readonly settled_by: string | null;
}

function asRecord(row: EffectRow): EffectRecord {
  return {
    callId: row.call_id,
    effectSeq: row.effect_seq,
    digest: row.digest,
    tool: row.tool,
    state: asState(row.state),
    // Both columns are written by this file only.
    owner: row.owner as EffectOwner,
    fence: row.fence,
    leaseUntil: row.lease_until.toISOString(),
    before: row.before as Json,
    ...(row.result === null ? {} : { result: row.result }),
    ...(row.evidence === null ? {} : { evidence: row.evidence }),
    ...(row.settled_by === null ? {} : { settledBy: row.settled_by }),
  };
}

function asState(state: string): EffectState {
  // The table's check constraint allows nothing else.
  return state as EffectState;
}
