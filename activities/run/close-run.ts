import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';

import type { EffectRecord } from '../../domain/effects/effect-record.ts';
import { ledgerVerdict } from '../../domain/effects/ledger-verdict.ts';
import { FailureType } from '../../domain/failures.ts';
import type { AbandonedEnd } from '../../domain/upkeep/abandoned.ts';
import type { CloseRunInput, CloseRunResult } from '../../domain/run/activities.ts';
import type { FinishPayload, RunResult } from '../../domain/run/run-result.ts';
import { putBlob } from '../../storage/blobs/blobs.ts';
import { settleOrphans } from '../../storage/budgets/settle.ts';
import { getCall, newestCall, type StoredCall } from '../../storage/calls/prepared-calls.ts';
import { withdrawApprovals } from '../../storage/approvals/approvals.ts';
import { settleLetters } from '../../storage/dead-letters/replay-letter.ts';
import { openEffects } from '../../storage/effects/effects.ts';
import type { NewEvent } from '../../storage/events/append-events.ts';
import { writeNotes } from '../../storage/events/write-notes.ts';
import type { OpenRun } from '../../storage/runs/open-runs.ts';
import { removeDeltasOfRun } from '../../storage/turns/deltas.ts';
import { endRun, getResult, getTotals, lockRun } from '../../storage/runs/runs.ts';
import { busy } from '../effects/ledger/attempt-at-call.ts';
import { stateOfOwner } from '../effects/ledger/owner.ts';
import { recordOutcome, recordUnknown } from '../effects/ledger/record-outcome.ts';
import type { PrepareScope } from '../prepare/prepare-call.ts';
import { takeOverAndProbe } from '../effects/ledger/take-over.ts';
import { diffOfRun, isWorkspaceLost } from './diff-of-run.ts';
import type { RunDependencies } from './run-dependencies.ts';

/** Closes a run: settles what it can of open effects, else asks; then diff, result, index and events in one commit. */
export async function closeRun(
  dependencies: RunDependencies,
  input: CloseRunInput,
  signal: AbortSignal,
): Promise<CloseRunResult> {
  const { db } = dependencies.effects;
  for (;;) {
    const known = await getResult(db, input.run.runId);
    if (known !== undefined) {
      dependencies.effects.begun.forgetRun(input.run.runId);
      return { type: 'closed', result: known };
    }
    // Nobody asks again: model calls that nobody saw the end of are spent.
    await settleOrphans(db, { runId: input.run.runId });
    const open = await openEffects(db, input.run.runId);
    const unsettled = [];
    for (const record of open) {
      // One after the other, in the order they were begun.
      const call = await settleOne(dependencies, { input, record, signal });
      if (call !== undefined) {
        unsettled.push({ callId: call.callId, digest: call.digest, subject: call.preview });
      }
    }
    if (unsettled.length > 0) {
      await deliverNotes(dependencies, input);
      return { type: 'unsettled', calls: unsettled };
    }
    const closed = await close(dependencies, input);
    // An attempt that the server gave up may have begun an effect meanwhile, or another one has closed the run.
    if (closed !== undefined) {
      dependencies.effects.begun.forgetRun(input.run.runId);
      return closed;
    }
  }
}

/**
 * Closes a run whose workflow ended without closing it. There is nobody left to ask, so what cannot be told of an effect
 * stays unknown in the ledger. Returns false when the run is closed already.
 *
 * @throws {ApplicationFailure} Effect.Busy while a worker is at a call of it.
 */
export async function closeAbandonedRun(
  dependencies: RunDependencies,
  row: OpenRun,
  end: AbandonedEnd & { readonly signal: AbortSignal },
): Promise<boolean> {
  const { db } = dependencies.effects;
  const { signal, status, stopReason, message } = end;
  const { runId, tenant, project, specialist, pins, head, turn, tokensIn, tokensOut, microUsd } =
    row;
  const input: CloseRunInput = {
    run: { runId, tenant, project, specialist, agentPath: 'main' },
    pins,
    head,
    turn,
    status,
    stopReason,
    message,
    spent: { tokensIn, tokensOut, microUsd },
    settled: [],
    notes: [],
  };
  await settleOrphans(db, { runId });
  for (const record of await openEffects(db, runId)) {
    await settleOne(dependencies, { input, record, signal });
  }
  const closed = await close(dependencies, input, 'unknown-may-stay');
  if (closed !== undefined) dependencies.effects.begun.forgetRun(runId);
  return closed !== undefined;
}

/** The workflow takes its notes as delivered whatever the answer is. */
async function deliverNotes(
  { effects }: RunDependencies,
  { run, notes }: CloseRunInput,
): Promise<void> {
  if (notes.length === 0) return;
  const { tenant, runId } = run;
  await effects.db
    .transaction()
    .execute(async (tx) => writeNotes(tx, { tenant, runId, notes, events: [] }));
}

/** Settles one open effect by looking. Returns its call when only a person can tell. */
async function settleOne(
  { effects }: RunDependencies,
  {
    input,
    record,
    signal,
  }: { readonly input: CloseRunInput; readonly record: EffectRecord; readonly signal: AbortSignal },
): Promise<StoredCall | undefined> {
  const { db, owner, now } = effects;
  const call = await getCall(db, record.callId, record.digest);
  if (call === undefined) {
    throw ApplicationFailure.nonRetryable(
      `the prepared call ${record.callId} is gone`,
      FailureType.effectConflict,
    );
  }
  const state = stateOfOwner(record, owner, now());
  // The loop is over, but an attempt that the server gave up may still perform the call in this process.
  const isBrokenOff = state === 'me' && !effects.running.has(record.callId);
  const verdict = ledgerVerdict(record, record.digest, isBrokenOff ? 'dead' : state);
  switch (verdict.type) {
    case 'give-back':
      return undefined;
    case 'busy':
      throw busy('an effect of this run is still going on');
    case 'unknown': {
      const intent = { callId: record.callId, fence: record.fence, effectSeq: record.effectSeq };
      await recordUnknown(db, { call, intent }, verdict.why);
      return call;
    }
    case 'take-over': {
      const scope = await scopeOf(effects, input, signal);
      if (scope === undefined) {
        const intent = { callId: record.callId, fence: record.fence, effectSeq: record.effectSeq };
        await recordUnknown(db, { call, intent }, 'the workspace that it changed is lost');
        return call;
      }
      const probed = await takeOverAndProbe(effects, {
        call,
        record,
        scope,
        progress: { outputBytes: 0 },
        runningOn: 'ended',
      });
      if (probed.type === 'settled') return undefined;
      if (probed.type === 'unknown') return call;
      // It did not happen, and the run is over: it never will.
      await neverPerformed(effects, { call, intent: probed.intent });
      return undefined;
    }
  }
}

/** Where to look for what an effect did; undefined when the workspace is lost. */
async function scopeOf(
  { definitions, workspaces }: RunDependencies['effects'],
  { run, pins }: CloseRunInput,
  signal: AbortSignal,
): Promise<PrepareScope | undefined> {
  const pinned = await definitions.read(run.tenant, pins.definitions);
  try {
    const workspace = await workspaces.open(pins.workspace);
    return { run, pins, definitions: pinned, workspace, grants: [], untrusted: [], signal };
  } catch (error) {
    if (isWorkspaceLost(error)) return undefined;
    throw error;
  }
}

async function neverPerformed(
  effects: RunDependencies['effects'],
  work: Parameters<typeof recordOutcome>[1],
): Promise<void> {
  await recordOutcome(effects, work, {
    status: 'error',
    code: 'effect_unknown',
    text: 'the run ended before this call was performed',
    progress: false,
  });
}

async function close(
  { effects, conversations }: RunDependencies,
  input: CloseRunInput,
  open: 'all-settled' | 'unknown-may-stay' = 'all-settled',
): Promise<CloseRunResult | undefined> {
  const { db } = effects;
  const { run, status, stopReason, notes, spent } = input;
  const { tenant, runId } = run;
  const diff = await diffOfRun(effects, input);
  const said = await payloadOf({ effects, conversations }, input);
  const payload = { ...said, notes: [...said.notes, ...diff.notes] };
  return db.transaction().execute(async (tx): Promise<CloseRunResult | undefined> => {
    // Whoever begins an effect locks the row too: from here on none can begin.
    if ((await lockRun(tx, runId)) === 'ended') return undefined;
    const left = await openEffects(tx, runId);
    if (left.some(({ state }) => open === 'all-settled' || state === 'intent')) return undefined;
    const totals = await getTotals(tx, runId);
    const result: RunResult = {
      runId,
      status,
      stopReason,
      specialistIds: [run.specialist],
      isTaskForce: false,
      requiredCapabilities: [],
      payload,
      model: totals.model,
      tokensIn: spent.tokensIn,
      tokensOut: spent.tokensOut,
      costMicroUsd: spent.microUsd,
      version: totals.version + 1,
    };
    const patch = diff.patch.length === 0 ? null : await putBlob(tx, tenant, diff.patch);
    const { head, turn, message } = input;
    const end = { runId, status, stopReason, message: message ?? null, head, turn, result, patch };
    await endRun(tx, end);
    await withdrawApprovals(tx, runId);
    await removeDeltasOfRun(tx, runId);
    await settleLetters(tx, runId, stopReason === 'finished');
    const files = diff.files.map(({ path, status: change }) => ({ path, status: change }));
    const data = {
      status,
      stopReason,
      summary: payload.summary.slice(0, maxEventText),
      files: files.slice(0, maxEventFiles),
      ...(message === undefined ? {} : { message }),
    };
    const type = status === 'cancelled' ? 'run.cancelled' : 'run.completed';
    const events: NewEvent[] = [{ type, data }];
    await writeNotes(tx, { tenant, runId, notes, events });
    return { type: 'closed', result };
  });
}

/** Longest summary in an event, in characters. */
const maxEventText = 2_000;
/** Most changed files in an event. */
const maxEventFiles = 100;

const finishSchema = z.object({
  summary: z.string(),
  artifacts: z.array(z.string()).default([]),
  nextSteps: z.array(z.string()).default([]),
  notes: z.array(z.string()).default([]),
});

/** What the agent hands over: by finish, else its last words. */
async function payloadOf(
  { effects, conversations }: Pick<RunDependencies, 'effects' | 'conversations'>,
  input: CloseRunInput,
): Promise<FinishPayload> {
  const { finish, run, head, stopReason } = input;
  if (finish !== undefined) {
    const call = await newestCall(effects.db, finish);
    const parsed = finishSchema.safeParse(call?.arguments);
    if (parsed.success) return { ...parsed.data, finishedBy: 'finish' };
  }
  const conversation = await conversations.load(effects.db, run.tenant, head);
  const messages = conversation.type === 'loaded' ? conversation.messages : [];
  const last = messages.findLast(
    (message) => message.role === 'assistant' && (message.text ?? '') !== '',
  );
  const text = last?.role === 'assistant' ? (last.text ?? '') : '';
  const finishedBy = stopReason === 'finished' ? 'plain_text' : 'limit';
  return {
    summary: text.slice(0, maxSummary),
    artifacts: [],
    nextSteps: [],
    notes: [],
    finishedBy,
  };
}

/** Longest summary that was not given by finish, in characters. */
const maxSummary = 4_000;
