import type {
  RecordSettlementInput,
  RecordSettlementResult,
} from '../../domain/agent/activities.ts';
import { settlementVerdict } from '../../domain/effects/settling.ts';
import type { EffectRecord } from '../../domain/effects/effect-record.ts';
import { putOutcome, getOutcome } from '../../storage/calls/call-outcomes.ts';
import { getCall, type StoredCall } from '../../storage/calls/prepared-calls.ts';
import { clearForAnotherRun, getEffect, settleEffect } from '../../storage/effects/effects.ts';
import { writeNotes } from '../../storage/events/write-notes.ts';
import type { EffectDependencies } from './dependencies.ts';
import { stateOfOwner } from './owner.ts';
import { resultEvent, storeResult } from './record-outcome.ts';

/** Records what a person says became of an effect whose outcome nobody saw. Idempotent by the call. */
export async function recordSettlement(
  dependencies: EffectDependencies,
  input: RecordSettlementInput,
): Promise<RecordSettlementResult> {
  const { db } = dependencies;
  const record = await getEffect(db, input.callId);
  if (record === undefined) return { type: 'refused', reason: 'the ledger has no such effect' };
  const call = await getCall(db, input.callId, record.digest);
  if (call === undefined) return { type: 'refused', reason: 'the prepared call is gone' };
  const known = await getOutcome(db, input.callId);
  if (known !== undefined) {
    return { type: 'settled', outcome: known.outcome, effectSeq: record.effectSeq };
  }
  const isDead = isOwnerDead(dependencies, record);
  const verdict = settlementVerdict(record.state, input.settlement, isDead);
  switch (verdict.type) {
    case 'refused':
      return verdict;
    case 'run-again':
      return runAgain(dependencies, input);
    case 'settle':
      return settle(dependencies, { input, call, record, state: verdict.state });
  }
}

function isOwnerDead({ owner, now }: EffectDependencies, record: EffectRecord): boolean {
  const state = stateOfOwner(record, owner, now());
  // The row is unknown, so nothing in this process performs it any more.
  return state === 'dead' || state === 'me';
}

async function runAgain(
  { db }: EffectDependencies,
  { run, callId, by, reason, notes }: RecordSettlementInput,
): Promise<RecordSettlementResult> {
  await db.transaction().execute(async (tx) => {
    const isCleared = await clearForAnotherRun(tx, callId);
    const data = { callId, settlement: 'run-again', by, reason };
    const events = isCleared ? [{ type: 'effect.settled' as const, data }] : [];
    await writeNotes(tx, { tenant: run.tenant, runId: run.runId, notes, events });
  });
  return { type: 'run-again' };
}

async function settle(
  { db }: EffectDependencies,
  {
    input,
    call,
    record,
    state,
  }: {
    readonly input: RecordSettlementInput;
    readonly call: StoredCall;
    readonly record: EffectRecord;
    readonly state: 'committed' | 'failed';
  },
): Promise<RecordSettlementResult> {
  const { run, callId, by, reason, notes } = input;
  const happened = state === 'committed';
  const text = happened
    ? `Nobody saw the end of this call. ${by} says that it happened: ${reason}. Its output is lost; look for yourself what it changed.`
    : `Nobody saw the end of this call. ${by} says that it did not happen: ${reason}.`;
  return db.transaction().execute(async (tx): Promise<RecordSettlementResult> => {
    const outcome = await storeResult(tx, call, {
      status: happened ? 'ok' : 'error',
      ...(happened ? {} : { code: 'effect_unknown' as const }),
      text,
      progress: happened,
    });
    const result = outcome.result ?? '';
    const isMine = await settleEffect(tx, { callId, state, by, reason, result });
    if (!isMine) return { type: 'refused', reason: 'the effect was settled meanwhile' };
    await putOutcome(tx, call, outcome);
    const data = { callId, settlement: input.settlement, by, reason };
    const events = [{ type: 'effect.settled' as const, data }, resultEvent(call, outcome)];
    await writeNotes(tx, { tenant: run.tenant, runId: run.runId, notes, events });
    return { type: 'settled', outcome, effectSeq: record.effectSeq };
  });
}
