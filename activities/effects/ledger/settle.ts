import type {
  RecordSettlementInput,
  RecordSettlementResult,
} from '../../../domain/agent/activities.ts';
import { settlementVerdict } from '../../../domain/effects/settling.ts';
import type { EffectRecord } from '../../../domain/effects/effect-record.ts';
import { getOutcome, putOutcome } from '../../../storage/calls/call-outcomes.ts';
import { getCall, newestCall, type StoredCall } from '../../../storage/calls/prepared-calls.ts';
import { hasCounted } from '../../../storage/effects/counted-settlement.ts';
import { clearForAnotherRun, getEffect, settleEffect } from '../../../storage/effects/effects.ts';
import type { NewEvent } from '../../../storage/events/append-events.ts';
import { writeNotes } from '../../../storage/events/write-notes.ts';
import type { ToolResult } from '../../tools/tool.ts';
import type { EffectDependencies } from '../dependencies.ts';
import { stateOfOwner } from './owner.ts';
import { resultEvent, storeResult } from './record-outcome.ts';

/** What recording a settlement needs. */
export type SettleDependencies = Pick<
  EffectDependencies,
  'db' | 'owner' | 'now' | 'running' | 'begun'
>;

/** Records what a person says became of an effect whose outcome nobody saw. Idempotent by the call. */
export async function recordSettlement(
  dependencies: SettleDependencies,
  input: RecordSettlementInput,
): Promise<RecordSettlementResult> {
  const { db } = dependencies;
  const { callId, settlement } = input;
  const record = await getEffect(db, callId);
  if (record === undefined) {
    // Cleared by an attempt before this one, or never written: nothing stands in the way of running it.
    if (settlement === 'run-again') {
      dependencies.begun.forget({ runId: input.run.runId, callId });
      return { type: 'run-again' };
    }
    return { type: 'refused', reason: 'the ledger has no such effect; it can only run again' };
  }
  const newest = await newestCall(db, callId);
  const call = (await getCall(db, callId, record.digest)) ?? newest;
  if (call === undefined) return { type: 'refused', reason: 'the prepared call is gone' };
  if (record.settledBy !== undefined) return repeated(dependencies, call, record);
  if (record.state === 'committed' || record.state === 'failed') {
    return settleBeside(dependencies, { input, call: newest ?? call, record });
  }
  // Whoever listened to a signed one could send it once more when the effect is unknown again.
  const { decisionId } = input;
  if (await hasCounted(db, { runId: input.run.runId, decisionId })) {
    return { type: 'refused', reason: 'this settlement has counted already, for what was before' };
  }
  const isDead = isOwnerDead(dependencies, record);
  const verdict = settlementVerdict(record.state, settlement, isDead);
  switch (verdict.type) {
    case 'refused':
      return verdict;
    case 'run-again':
      return runAgain(dependencies, { input, call });
    case 'settle':
      return settle(dependencies, { input, call, record, state: verdict.state });
  }
}

function isOwnerDead({ owner, now, running }: SettleDependencies, record: EffectRecord): boolean {
  const state = stateOfOwner(record, owner, now());
  return state === 'dead' || (state === 'me' && !running.has(record.callId));
}

/** An attempt before this one has settled it. */
async function repeated(
  { db }: SettleDependencies,
  call: StoredCall,
  record: EffectRecord,
): Promise<RecordSettlementResult> {
  const known = await getOutcome(db, call.callId);
  if (known === undefined) return { type: 'refused', reason: 'the outcome of this effect is gone' };
  return { type: 'settled', outcome: known.outcome, effectSeq: record.effectSeq };
}

async function runAgain(
  { db, begun }: SettleDependencies,
  { input, call }: Omit<Settling, 'record'>,
): Promise<RecordSettlementResult> {
  const { run, callId, notes } = input;
  begun.forget(call);
  return db.transaction().execute(async (tx): Promise<RecordSettlementResult> => {
    const isCleared = await clearForAnotherRun(tx, callId);
    if (!isCleared) return { type: 'refused', reason: 'the effect was settled meanwhile' };
    const events = [settledEvent(input, call)];
    await writeNotes(tx, { tenant: run.tenant, runId: run.runId, notes, events });
    return { type: 'run-again' };
  });
}

interface Settling {
  readonly input: RecordSettlementInput;
  readonly call: StoredCall;
  readonly record: EffectRecord;
}

async function settle(
  { db }: SettleDependencies,
  {
    input,
    call,
    record,
    state,
  }: Settling & {
    readonly state: 'committed' | 'failed';
  },
): Promise<RecordSettlementResult> {
  const { run, callId, by, reason, notes } = input;
  return db.transaction().execute(async (tx): Promise<RecordSettlementResult> => {
    const stored = await storeResult(tx, call, settledResult(input));
    const { outcome } = stored;
    const result = outcome.result ?? '';
    const isMine = await settleEffect(tx, { callId, state, by, reason, result });
    if (!isMine) return { type: 'refused', reason: 'the effect was settled meanwhile' };
    await putOutcome(tx, call, stored);
    const events = [settledEvent(input, call), resultEvent(call, outcome)];
    await writeNotes(tx, { tenant: run.tenant, runId: run.runId, notes, events });
    return { type: 'settled', outcome, effectSeq: record.effectSeq };
  });
}

/**
 * Another call than the one that waits stands settled at this position: the ledger was restored, or the position was
 * used twice. Its row stays as it is, and the word of the person goes to the model as the answer of the call.
 */
async function settleBeside(
  { db }: SettleDependencies,
  { input, call, record }: Settling,
): Promise<RecordSettlementResult> {
  const { run, settlement, notes } = input;
  if (settlement === 'run-again') {
    return { type: 'refused', reason: 'another effect stands at this position of the ledger' };
  }
  return db.transaction().execute(async (tx): Promise<RecordSettlementResult> => {
    const stored = await storeResult(tx, call, settledResult(input));
    const { outcome } = stored;
    const events = [settledEvent(input, call), resultEvent(call, outcome)];
    await writeNotes(tx, { tenant: run.tenant, runId: run.runId, notes, events });
    return { type: 'settled', outcome, effectSeq: record.effectSeq };
  });
}

function settledEvent(
  { callId, settlement, by, reason, decisionId }: RecordSettlementInput,
  { tool, digest }: StoredCall,
): NewEvent {
  const data = { callId, tool, digest, settlement, by, reason, decisionId };
  return { type: 'effect.settled', data };
}

function settledResult({ settlement, by, reason }: RecordSettlementInput): ToolResult {
  const happened = settlement === 'happened';
  const text = happened
    ? `Nobody saw the end of this call. ${by} says that it happened: ${reason}. Its output is lost; look for yourself what it changed.`
    : `Nobody saw the end of this call. ${by} says that it did not happen: ${reason}.`;
  return {
    status: happened ? 'ok' : 'error',
    ...(happened ? {} : { code: 'effect_unknown' as const }),
    text,
    progress: happened,
  };
}
