import { ApplicationFailure } from '@temporalio/common';

import type { PerformCallInput, PerformCallResult } from '../../../domain/agent/activities.ts';
import { FailureType } from '../../../domain/failures.ts';
import { coversLocks } from '../../../domain/locks/lock-name.ts';
import type { ExplainedVerdict, ScopedPolicy } from '../../../domain/policy/judge.ts';
import { stricterVerdict, type PolicyVerdict } from '../../../domain/policy/verdict.ts';
import { stopSubject } from '../../../domain/stops/stop-scopes.ts';
import type { CallOutcome } from '../../../domain/tools/call-outcome.ts';
import type { PreparedCall } from '../../../domain/tools/prepared-call.ts';
import { getTracedCall, type StoredCall } from '../../../storage/calls/prepared-calls.ts';
import { getEffect } from '../../../storage/effects/effects.ts';
import { writeNotes } from '../../../storage/events/write-notes.ts';
import { hashJson } from '../../../storage/hashing.ts';
import { stoppedScope } from '../../../storage/stops/stops.ts';
import { prepareOne, type PrepareScope } from '../../prepare/prepare-call.ts';
import { actAndRecord, contextOf, keepBefore } from './act-and-record.ts';
import { busy, type Attempt } from '../ledger/attempt-at-call.ts';
import { refusedDecisions, type CallInQuestion, type Refused } from '../ledger/decisions.ts';
import { recordStale, underLocks } from '../ledger/fences.ts';
import { takeIntent } from '../ledger/intent.ts';
import { performRead } from './perform-tool.ts';
import {
  recordDrift,
  recordRead,
  recordUnknown,
  withdrawIntent,
  type OpenIntent,
} from '../ledger/record-outcome.ts';
import { refuseCall } from './refuse-call.ts';
import { resume } from './resume-call.ts';
import { knownOutcome } from './stored-outcome.ts';

/**
 * Performs one call: asks the ledger first, prepares and judges again, also by the rules as they stand now, writes the
 * intent, acts, writes the outcome.
 * May be attempted without limit; the ledger decides what another attempt does.
 *
 * @throws {ApplicationFailure} Effect.Busy while its owner is alive; Effect.Conflict when the ledger has a gap.
 */
export async function performCall(attempt: Attempt): Promise<PerformCallResult> {
  const { running } = attempt.dependencies;
  const { callId } = attempt.input;
  // A lost attempt goes on in this process, and between its steps nothing in the ledger tells that it lives.
  if (running.has(callId)) throw busy('an earlier attempt still performs this call');
  running.add(callId);
  try {
    return await underLocks(attempt.dependencies, attempt.input, async () => perform(attempt));
  } finally {
    running.delete(callId);
  }
}

async function perform(attempt: Attempt): Promise<PerformCallResult> {
  const { dependencies, input } = attempt;
  const { callId, digest } = input;
  const { db } = dependencies;
  const { definitions, policies } = dependencies;
  const pinned = await definitions.read(input.run.tenant, input.pins.definitions);
  const ofRun = { run: input.run, pinned: pinned.policies };
  const traced = await getTracedCall(db, { callId, digest }, policies.names(ofRun));
  if (traced === undefined) {
    throw ApplicationFailure.nonRetryable(
      `the prepared call ${callId} is not in the database`,
      FailureType.effectConflict,
    );
  }
  const { call, hasEffect, hasOutcome } = traced;
  attempt.uses(call.tool);
  const record = hasEffect ? await getEffect(db, callId) : undefined;
  if (record !== undefined) return withNotes(attempt, await resume(attempt, { call, record }));
  const known = hasOutcome ? await knownOutcome(db, call) : undefined;
  if (known !== undefined) return withNotes(attempt, done(input, known));
  const changed = await policies.changedIn(ofRun, traced.policies);
  const result = await begin(attempt, call, changed);
  // Whatever was done has written the notes in its own transaction.
  return result.type === 'done' ? result : withNotes(attempt, result);
}

/** The workflow takes notes as delivered whatever the result is. Notes that stand in the log already stay as they are. */
async function withNotes(
  { dependencies, input }: Attempt,
  result: PerformCallResult,
): Promise<PerformCallResult> {
  const { run, notes } = input;
  if (notes.length === 0) return result;
  const { tenant, runId } = run;
  await dependencies.db
    .transaction()
    .execute(async (tx) => writeNotes(tx, { tenant, runId, notes, events: [] }));
  return result;
}

function done(input: PerformCallInput, outcome: CallOutcome): PerformCallResult {
  return { type: 'done', outcome, effectSeq: input.effectSeq };
}

/** Nothing is in the ledger yet: prepare and judge again, then intent, act, outcome. */
async function begin(
  attempt: Attempt,
  call: StoredCall,
  changedPolicies: readonly ScopedPolicy[],
): Promise<PerformCallResult> {
  const { dependencies, input, signal } = attempt;
  const { db, begun, prepare } = dependencies;
  const mark = begun.of(call);
  if (mark?.digest === call.digest) {
    const anew = async () => begin(attempt, call, changedPolicies);
    return beginAgain(attempt, call, { fence: mark.fence, anew });
  }
  const scope = { ...(await attempt.scope()), changedPolicies };
  // A look at hosts may take minutes: it ends with the run, also where the run cannot say so any more.
  const leftMs = Math.max(1_000, input.deadlineMs - dependencies.now());
  const ending = AbortSignal.timeout(Math.min(leftMs, longestTimerMs));
  const preparing = { ...scope, signal: AbortSignal.any([signal, ending]) };
  const again = await prepareOne(prepare, preparing, {
    callId: call.callId,
    tool: call.tool,
    arguments: call.arguments,
    decisionId: call.decisionId,
    given: call.given,
    before: call.preconditions,
  });
  if (again.call.invalid !== undefined || again.call.digest !== call.digest) {
    // What preparing says while it is being ended is no judgement.
    signal.throwIfAborted();
    await recordDrift(db, call, again.stored);
    return { type: 'drifted', call: again.call };
  }
  const verdict = stricterVerdict(input.verdict, again.call.verdict);
  if (verdict.type === 'deny') return refuse(attempt, call, { verdict, why: again.stored.why });
  const terms = again.call.verdict.approval ?? input.verdict.approval;
  const asked = verdict.type === 'ask' ? { call, terms, nowMs: dependencies.now() } : undefined;
  const isOther = mark !== undefined;
  const result = await carryOut(attempt, { call, again: again.call, scope, asked, isOther });
  return withVerdict(input, result, again.call.verdict);
}

/** Longest time that a timer takes; a longer one would end at once. Milliseconds. */
const longestTimerMs = 2 ** 31 - 1;

/** A call as it was prepared right now, and who has to have decided on it. */
interface Judged {
  readonly call: StoredCall;
  readonly again: PreparedCall;
  readonly scope: PrepareScope;
  readonly asked: CallInQuestion | undefined;
  /** This host has begun another call at its position, which the ledger does not know of. */
  readonly isOther: boolean;
}

/** Nothing stands against the call but decisions that do not cover it: it is performed. */
async function carryOut(attempt: Attempt, judged: Judged): Promise<PerformCallResult> {
  const { dependencies, input, signal } = attempt;
  const { db, pauseAt } = dependencies;
  const { call, again, scope, asked, isOther } = judged;
  if (again.access === 'read') {
    const refused = asked === undefined ? undefined : await refusedDecisions(db, input, asked);
    return refused === undefined ? read(attempt, call, scope) : unapproved(input, again, refused);
  }
  const { locks = [] } = again;
  if (!coversLocks(input.locks ?? [], locks)) return { type: 'unlocked', locks };
  await keepBefore(attempt, { call, scope });
  await pauseAt('before-intent', call.callId);
  signal.throwIfAborted();
  const taken = await takeIntent(dependencies, { call, input, asked });
  if (taken.type === 'unapproved') return unapproved(input, again, taken.refused);
  if (taken.type === 'stale') return recordStale(attempt, call, taken.token);
  if (taken.type === 'stopped') return { type: 'stopped', scope: taken.scope };
  if (taken.type === 'exists') return resume(attempt, { call, record: taken.record });
  const { callId } = call;
  await pauseAt('after-intent', callId);
  if (isOther) {
    const why = 'this host has begun another call at this position, which the ledger lost';
    const evidence = await recordUnknown(db, { call, intent: taken.intent }, why);
    return { type: 'unknown', callId, evidence, effectSeq: taken.intent.effectSeq };
  }
  return actAndRecord(attempt, { call, scope, intent: taken.intent });
}

/** What becomes of a call that the decisions on it do not cover. */
function unapproved(
  { verdict }: PerformCallInput,
  again: PreparedCall,
  refused: readonly Refused[],
): PerformCallResult {
  // Who has to decide may have changed: then it is asked anew, of them.
  const isAsked = verdict.type === 'ask';
  const isAskedOfOthers = again.verdict.type === 'ask' && !isSameTerms(verdict, again.verdict);
  if (isAsked && !isAskedOfOthers) return { type: 'unapproved', callId: again.callId, refused };
  return { type: 'drifted', call: again };
}

function isSameTerms(before: PolicyVerdict, now: PolicyVerdict): boolean {
  return hashJson(before.approval ?? null) === hashJson(now.approval ?? null);
}

/**
 * This host has begun this very call, and the ledger does not know of it: it was put back to an older state. The intent is
 * written as it was, and then it is what it would be after any death: somebody looks what happened, or asks. What did not
 * happen begins anew, because nobody knows any longer by which rules and decisions it was begun.
 */
async function beginAgain(
  attempt: Attempt,
  call: StoredCall,
  { fence, anew }: { readonly fence: number; readonly anew: () => Promise<PerformCallResult> },
): Promise<PerformCallResult> {
  const { dependencies, input } = attempt;
  const { db, begun } = dependencies;
  const taken = await takeIntent(dependencies, { call, input, begunAs: fence });
  if (taken.type === 'stopped') return { type: 'stopped', scope: taken.scope };
  const record = await getEffect(db, call.callId);
  if (record === undefined) throw busy('the intent of this call was cleared meanwhile');
  const whenNotDone = async (intent: OpenIntent): Promise<PerformCallResult> => {
    await withdrawIntent(db, { call, intent }, 'it was begun by a record that is lost');
    begun.forget(call);
    return anew();
  };
  return resume(attempt, { call, record, whenNotDone });
}

async function refuse(
  { dependencies, input }: Attempt,
  call: StoredCall,
  { verdict, why }: Pick<ExplainedVerdict, 'why'> & { readonly verdict: PolicyVerdict },
): Promise<PerformCallResult> {
  const { notes, verdict: before } = input;
  const denied = { call, notes, before, verdict, why };
  const outcome = await refuseCall(dependencies.db, denied);
  return withVerdict(input, done(input, outcome), verdict);
}

/** History holds both verdicts where they differ: the input has the first. */
function withVerdict(
  { verdict: before }: PerformCallInput,
  result: PerformCallResult,
  verdict: PolicyVerdict,
): PerformCallResult {
  const { type, rule, policy } = verdict;
  const isSame = type === before.type && rule === before.rule && policy === before.policy;
  return result.type !== 'done' || isSame ? result : { ...result, verdict };
}

async function read(
  attempt: Attempt,
  call: StoredCall,
  scope: PrepareScope,
): Promise<PerformCallResult> {
  const { dependencies, input } = attempt;
  const { db } = dependencies;
  const stopped = await stoppedScope(db, stopSubject(input.run, [call.tool]));
  if (stopped !== undefined) return { type: 'stopped', scope: stopped };
  const result = await performRead(dependencies, call, contextOf(attempt, call, scope));
  return done(input, await recordRead(db, { call, notes: input.notes }, result));
}
