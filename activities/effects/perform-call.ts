import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';

import type { PerformCallInput, PerformCallResult } from '../../domain/agent/activities.ts';
import { fnv1a64 } from '../../domain/agent/fnv.ts';
import { ledgerVerdict } from '../../domain/effects/ledger-verdict.ts';
import type { EffectRecord } from '../../domain/effects/effect-record.ts';
import { FailureType } from '../../domain/failures.ts';
import { stricterVerdict, type PolicyVerdict } from '../../domain/policy/verdict.ts';
import type { CallOutcome } from '../../domain/tools/call-outcome.ts';
import { getOutcome } from '../../storage/calls/call-outcomes.ts';
import { getCall, putCalls, type StoredCall } from '../../storage/calls/prepared-calls.ts';
import { getEffect } from '../../storage/effects/effects.ts';
import { prepareOne, type PrepareScope } from '../prepare/prepare-call.ts';
import { ToolError, type PerformContext, type ToolResult } from '../tools/tool.ts';
import { act } from './act.ts';
import type { EffectDependencies } from './dependencies.ts';
import { takeIntent } from './intent.ts';
import { stateOfOwner } from './owner.ts';
import {
  recordOutcome,
  recordUnknown,
  recordWithoutEffect,
  storeResult,
} from './record-outcome.ts';
import { takeOverAndProbe } from './take-over.ts';

/** One attempt at a call and everything it needs. */
export interface Attempt {
  readonly dependencies: EffectDependencies;
  readonly input: PerformCallInput;
  readonly signal: AbortSignal;
  /** Calls that this process is performing right now, by id. */
  readonly running: Set<string>;
}

/**
 * Performs one call: asks the ledger first, prepares and judges again, writes the intent, acts, writes the outcome.
 * May be attempted without limit; the ledger decides what another attempt does.
 *
 * @throws {ApplicationFailure} Effect.Busy while its owner is alive; Effect.Conflict when the ledger has a gap.
 */
export async function performCall(attempt: Attempt): Promise<PerformCallResult> {
  const { dependencies, input } = attempt;
  const { callId, digest } = input;
  const call = await getCall(dependencies.db, callId, digest);
  if (call === undefined) {
    throw ApplicationFailure.nonRetryable(
      `the prepared call ${callId} is not in the database`,
      FailureType.effectConflict,
    );
  }
  const record = await getEffect(dependencies.db, callId);
  if (record !== undefined) return resume(attempt, call, record);
  const stored = await getOutcome(dependencies.db, callId);
  if (stored?.digest === digest) return done(input, stored.outcome);
  return begin(attempt, call);
}

function done(
  input: PerformCallInput,
  outcome: CallOutcome,
  effectSeq?: number,
): PerformCallResult {
  return { type: 'done', outcome, effectSeq: effectSeq ?? input.effectSeq };
}

/** A row stands in the ledger: an attempt before this one, or a store that was rolled back. */
async function resume(
  attempt: Attempt,
  call: StoredCall,
  record: EffectRecord,
): Promise<PerformCallResult> {
  const { dependencies, input, running } = attempt;
  const { db, owner, now } = dependencies;
  const seen = stateOfOwner(record, owner, now());
  // This process owns it, but nothing here performs it any more: the attempt broke off before its outcome.
  const state = seen === 'me' && !running.has(call.callId) ? 'dead' : seen;
  const verdict = ledgerVerdict(record, input.digest, state);
  const intent = { callId: call.callId, fence: record.fence, effectSeq: record.effectSeq };
  switch (verdict.type) {
    case 'give-back': {
      const stored = await getOutcome(db, call.callId);
      if (stored !== undefined) return done(input, stored.outcome, record.effectSeq);
      throw ApplicationFailure.nonRetryable(
        `the ledger says ${record.state}, but the outcome of ${call.callId} is gone`,
        FailureType.effectConflict,
      );
    }
    case 'busy':
      throw ApplicationFailure.create({
        message: 'the process that performs this call is still alive',
        type: FailureType.effectBusy,
        nextRetryDelay: '1 second',
        category: 'BENIGN',
      });
    case 'take-over':
      return afterProbe(attempt, call, record);
    case 'unknown': {
      const evidence = record.evidence ?? (await recordUnknown(db, { call, intent }, verdict.why));
      return { type: 'unknown', callId: call.callId, evidence, effectSeq: record.effectSeq };
    }
  }
}

async function afterProbe(
  attempt: Attempt,
  call: StoredCall,
  record: EffectRecord,
): Promise<PerformCallResult> {
  const { dependencies, input } = attempt;
  const scope = await scopeOf(attempt);
  const probed = await takeOverAndProbe(dependencies, { call, record, scope });
  switch (probed.type) {
    case 'settled':
      return done(input, probed.outcome, record.effectSeq);
    case 'unknown':
      return {
        type: 'unknown',
        callId: call.callId,
        evidence: probed.evidence,
        effectSeq: record.effectSeq,
      };
    case 'act':
      return actAndRecord(attempt, { call, scope, intent: probed.intent });
  }
}

/** Nothing is in the ledger yet: prepare and judge again, then intent, act, outcome. */
async function begin(attempt: Attempt, call: StoredCall): Promise<PerformCallResult> {
  const { dependencies, input } = attempt;
  const { db, prepare } = dependencies;
  const scope = await scopeOf(attempt);
  const again = await prepareOne(prepare, scope, {
    callId: call.callId,
    tool: call.tool,
    arguments: call.arguments,
    decisionId: call.decisionId,
  });
  if (again.call.invalid !== undefined || again.call.digest !== call.digest) {
    await putCalls(db, [again.stored]);
    return { type: 'drifted', call: again.call };
  }
  const verdict = stricterVerdict(input.verdict, again.call.verdict);
  if (verdict.type === 'deny') return refuse(attempt, call, verdict);
  if (verdict.type === 'ask') {
    const refused = unapproved(attempt, call);
    if (refused !== undefined) {
      if (input.verdict.type === 'ask') return { type: 'unapproved', callId: call.callId, refused };
      return { type: 'drifted', call: { ...again.call, verdict } };
    }
  }
  if (again.stored.access === 'read') return read(attempt, call, scope);
  await dependencies.pauseAt('before-intent', call.callId);
  const taken = await takeIntent(dependencies, { call, input });
  if (taken.type === 'stopped') return { type: 'stopped', scope: taken.scope };
  if (taken.type === 'exists') return resume(attempt, call, taken.record);
  await dependencies.pauseAt('after-intent', call.callId);
  return actAndRecord(attempt, { call, scope, intent: taken.intent });
}

/** Why no decision covers the call; undefined when one does. Expiry is judged by the time of the decision. */
function unapproved(
  { input }: Attempt,
  call: StoredCall,
): Extract<PerformCallResult, { type: 'unapproved' }>['refused'] | undefined {
  const approved = input.decisions.some(
    (decision) => decision.decision === 'approve' && decision.digest === call.digest,
  );
  if (approved) return undefined;
  return input.decisions.map(({ decisionId }) => ({ decisionId, reason: 'proof' as const }));
}

async function refuse(
  { dependencies, input }: Attempt,
  call: StoredCall,
  verdict: PolicyVerdict,
): Promise<PerformCallResult> {
  const text = `policy denies this call (rule ${verdict.rule}); it was not performed`;
  const outcome: CallOutcome = {
    callId: call.callId,
    status: 'denied',
    code: 'policy_denied',
    text,
    outputHash: fnv1a64(text),
    progress: false,
  };
  await recordWithoutEffect(dependencies.db, { call, notes: input.notes }, outcome);
  return done(input, outcome);
}

async function read(
  attempt: Attempt,
  call: StoredCall,
  scope: PrepareScope,
): Promise<PerformCallResult> {
  const { db } = attempt.dependencies;
  const result = await performTool(attempt.dependencies, call, contextOf(attempt, call, scope));
  const outcome = await storeResult(db, call, result);
  await recordWithoutEffect(db, { call, notes: attempt.input.notes }, outcome);
  return done(attempt.input, outcome);
}

async function actAndRecord(
  attempt: Attempt,
  work: {
    readonly call: StoredCall;
    readonly scope: PrepareScope;
    readonly intent: {
      readonly callId: string;
      readonly fence: number;
      readonly effectSeq: number;
    };
  },
): Promise<PerformCallResult> {
  const { dependencies, input, running } = attempt;
  const { call, intent } = work;
  const { db, pauseAt } = dependencies;
  running.add(call.callId);
  try {
    const acted = await act(dependencies, intent, async () =>
      performTool(dependencies, call, contextOf(attempt, call, work.scope)),
    );
    await pauseAt('after-act', call.callId);
    if (acted.type === 'unseen') {
      const evidence = await recordUnknown(db, { call, intent }, acted.why);
      return { type: 'unknown', callId: call.callId, evidence, effectSeq: intent.effectSeq };
    }
    const outcome = await recordOutcome(db, { call, intent }, acted.result);
    await pauseAt('after-outcome', call.callId);
    if (outcome !== undefined) return done(input, outcome, intent.effectSeq);
    throw ApplicationFailure.create({
      message: 'another worker has taken this effect over',
      type: FailureType.effectBusy,
      category: 'BENIGN',
    });
  } finally {
    running.delete(call.callId);
  }
}

/** Performs a tool with arguments that were valid when they were stored. */
export async function performTool(
  { prepare }: EffectDependencies,
  call: StoredCall,
  context: PerformContext,
): Promise<ToolResult> {
  const tool = prepare.tools.get(call.tool);
  if (tool === undefined) throw new ToolError('not_found', `there is no tool ${call.tool}`);
  return tool.perform(z.parse(tool.schema, call.arguments), context);
}

function contextOf(attempt: Attempt, call: StoredCall, scope: PrepareScope): PerformContext {
  const { input, dependencies } = attempt;
  return {
    workspace: scope.workspace,
    networkAllowed: scope.definitions.networkAllowed,
    signal: attempt.signal,
    callId: call.callId,
    preconditions: call.preconditions,
    timeoutMs: Math.max(1_000, input.deadlineMs - dependencies.now()),
  };
}

async function scopeOf({ dependencies, input, signal }: Attempt): Promise<PrepareScope> {
  const { run, pins, grants } = input;
  const [definitions, workspace] = await Promise.all([
    dependencies.definitions.read(run.tenant, pins.definitions),
    dependencies.workspaces.open(pins.workspace),
  ]);
  return { run, pins, definitions, workspace, grants, signal };
}
