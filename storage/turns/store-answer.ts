import { sql, type RawBuilder } from 'kysely';

import type { InvokeModelResult } from '../../domain/agent/activities.ts';
import type { Note } from '../../domain/events/note.ts';
import type { Usage } from '../../domain/models/usage.ts';
import type { StoredCall } from '../calls/prepared-calls.ts';
import type { Block } from '../conversations/conversations.ts';
import { alertEvents, behindCounters, settlementTables } from '../budgets/settle.ts';
import { eventTables, lockedRun, type NewEvent } from '../events/event-tables.ts';
import { hasDecisions, projectNotes } from '../events/write-notes.ts';
import type { Database, Executor } from '../postgres/database.ts';
import type { RunProgress } from '../runs/runs.ts';

/** Everything that follows from the answer of a model. */
export interface AnsweredTurn {
  readonly turnId: string;
  readonly tenant: string;
  readonly runId: string;
  readonly headBefore: string;
  /** With the hash of `block` as its head. */
  readonly answer: Extract<InvokeModelResult, { type: 'answered' }>;
  readonly block: Block;
  readonly calls: readonly StoredCall[];
  /** The journalled call that gave the answer. */
  readonly settled: { readonly tier: number; readonly attempt: number; readonly usage: Usage };
  /** The endpoint that answered, as it was when the call was admitted: it is alive. */
  readonly backend: { readonly address: string; readonly generation: number } | undefined;
  readonly progress: Omit<RunProgress, 'runId'>;
  readonly notes: readonly Note[];
  readonly events: readonly NewEvent[];
}

/**
 * What became of an answer. `stored-uncounted`: it is stored, but its call is not in the journal, because the database
 * crashed after it was begun. `known`: the turn has an answer already, and nothing was written.
 */
export type StoredAnswer = 'stored' | 'stored-uncounted' | 'known';

/**
 * Stores an answer with its block, prepared calls, usage, totals, notes and events: one statement, hence one commit, and
 * one way to the server and back.
 */
export async function storeAnswer(db: Database, turn: AnsweredTurn): Promise<StoredAnswer> {
  if (!hasDecisions(turn.notes)) return store(db, turn);
  return db.transaction().execute(async (tx) => {
    const stored = await store(tx, turn);
    if (stored !== 'known') await projectNotes(tx, turn);
    return stored;
  });
}

async function store(db: Executor, turn: AnsweredTurn): Promise<StoredAnswer> {
  const { turnId, tenant, runId, headBefore, answer, block, notes, events } = turn;
  const { rows } = await sql<{ readonly is_counted: boolean }>`
    with answered as (
      insert into turns as t (turn_id, tenant, run_id, head_before, attempts, answer, answered_at)
      values (${turnId}, ${tenant}, ${runId}, ${headBefore}, 1, ${JSON.stringify(answer)}::json, now())
      on conflict (turn_id) do update set answer = excluded.answer, answered_at = now()
      where t.answer is null
      returning turn_id),
    block as (
      insert into blocks (tenant, hash, parent, body)
      select ${tenant}, ${answer.head}, ${block.parent}, ${JSON.stringify(block.messages)}::json from answered
      on conflict (tenant, hash) do nothing),
    ${settlementTables({ turnId, ...turn.settled, state: 'answered' }, 'answered')},
    ${alive(turn)}
    ${calls(turn.calls)}
    ${lockedRun(runId, behindCounters)},
    ${eventTables(
      { runId, notes, events },
      { gate: 'answered', set: progressed(turn.progress), more: alertEvents },
    )}
    select exists (select from settled) as is_counted from answered`.execute(db);
  const [row] = rows;
  if (row === undefined) return 'known';
  return row.is_counted ? 'stored' : 'stored-uncounted';
}

/** Writes nothing while all is well. */
function alive({ tenant, backend }: AnsweredTurn): RawBuilder<unknown> {
  if (backend === undefined) return sql``;
  return sql`alive as (
    update model_breakers
    set state = 'closed', failures = 0, opened_at = null, probe_until = null, changed_at = now(),
      generation = generation + case when state = 'closed' then 0 else 1 end
    where tenant = ${tenant} and backend = ${backend.address} and generation = ${backend.generation}
      and (failures > 0 or state <> 'closed') and exists (select from answered) and ${behindCounters}),`;
}

function calls(stored: readonly StoredCall[]): RawBuilder<unknown> {
  if (stored.length === 0) return sql``;
  const rows = stored.map(
    (call) => sql`(
      ${call.callId}, ${call.digest}, ${call.tenant}, ${call.runId}, ${call.tool}, ${call.access},
      ${JSON.stringify(call.arguments)}::json, ${JSON.stringify(call.facts)}::json,
      ${JSON.stringify(call.preconditions)}::json, ${JSON.stringify(call.verdict)}::json,
      ${JSON.stringify(call.why)}::json, ${call.preview}, ${call.detail}, ${call.decisionId},
      ${call.trust ?? null})`,
  );
  return sql`calls as (
    insert into prepared_calls (call_id, digest, tenant, run_id, tool, access,
      arguments, facts, preconditions, verdict, why, preview, detail, decision_id, trust)
    select call.* from answered, (values ${sql.join(rows)}) as call
    on conflict (call_id, digest) do nothing),`;
}

function progressed(progress: AnsweredTurn['progress']): RawBuilder<unknown> {
  // Null plus anything is null in SQL: an unknown cost stays unknown.
  return sql`,
    turn = ${progress.turn}, head = ${progress.head},
    tokens_in = tokens_in + ${progress.tokensIn}, tokens_out = tokens_out + ${progress.tokensOut},
    cost_micro_usd = cost_micro_usd + ${progress.costMicroUsd}::bigint, model = ${progress.model},
    rehearsal = rehearsal or ${progress.rehearsal}`;
}
