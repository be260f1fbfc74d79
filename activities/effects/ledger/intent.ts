import { randomInt } from 'node:crypto';

import { ApplicationFailure } from '@temporalio/common';

import type { PerformCallInput } from '../../../domain/agent/activities.ts';
import type { EffectRecord, EffectState } from '../../../domain/effects/effect-record.ts';
import { firstFenceOf, maxLaunchNumber } from '../../../domain/effects/launch-number.ts';
import { FailureType } from '../../../domain/failures.ts';
import type { StoredCall } from '../../../storage/calls/prepared-calls.ts';
import { effectOfNumber, getEffect } from '../../../storage/effects/effects.ts';
import {
  openIntent,
  type IntentCheck,
  type IntentToOpen,
} from '../../../storage/effects/open-intent.ts';
import { isUniqueViolation } from '../../../storage/postgres/database.ts';
import { runScope, stopSubject } from '../../../domain/stops/stop-scopes.ts';
import type { EffectDependencies } from '../dependencies.ts';
import { busy } from './attempt-at-call.ts';
import type { CallInQuestion } from './decisions.ts';
import { stateOfOwner } from './owner.ts';
import { checkOf, type IntentRefusal } from './intent-check.ts';
import { secretEvents, type OpenIntent } from './record-outcome.ts';

/** Time an intent is believed without a sign of life from another host, in milliseconds. */
export const leaseMs = 30_000;

export type TakenIntent =
  | { readonly type: 'taken'; readonly intent: OpenIntent }
  | { readonly type: 'stopped'; readonly scope: string }
  | IntentRefusal
  | { readonly type: 'exists'; readonly record: EffectRecord };

/** The call that is about to happen; `asked` where policy lets it happen only by a decision of people. */
export interface IntentWanted {
  readonly call: StoredCall;
  readonly input: PerformCallInput;
  readonly asked?: CallInQuestion | undefined;
  /** The fence under which this host has begun the call before, though the ledger does not know of it. */
  readonly begunAs?: number | undefined;
}

/**
 * Writes down that an effect is about to happen, in one commit with everything that must hold for it: the run is open,
 * nothing that covers it is stopped, the effect before it is settled, the run holds its locks, and what was decided covers
 * the call where it is `asked` for. No commit, no effect.
 *
 * @throws {ApplicationFailure} Effect.Conflict when the ledger does not fit what the run remembers.
 */
export async function takeIntent(
  dependencies: EffectDependencies,
  { call, input, asked, begunAs }: IntentWanted,
): Promise<TakenIntent> {
  const { db, owner, now } = dependencies;
  const { run, notes } = input;
  const effectSeq = input.effectSeq + 1;
  // Not always the same number: a row that a person cleared must not answer to the fence of its first owner.
  const fence = begunAs ?? firstFenceOf(randomInt(1, maxLaunchNumber));
  const { callId, tool, preview, digest } = call;
  const wanted: IntentToOpen = {
    intent: {
      callId,
      tenant: run.tenant,
      runId: run.runId,
      agentPath: run.agentPath,
      effectSeq,
      digest,
      tool,
      target: preview,
      owner,
      leaseUntil: new Date(now() + leaseMs),
      before: call.preconditions,
      fence,
    },
    subject: stopSubject(run, [tool]),
    notes,
    events: [
      ...secretEvents(call),
      { type: 'effect.intent', data: { callId, tool, effectSeq, preview, digest } },
      { type: 'tool.started', data: { callId, tool, preview } },
    ],
  };
  // What has begun already is written down as it was.
  const check = begunAs === undefined ? checkOf(input, asked) : undefined;
  const opened = await openBehind(dependencies, wanted, check);
  switch (opened.type) {
    case 'written':
      return { type: 'taken', intent: { callId, fence, effectSeq } };
    case 'no-run':
      throw gap(`the row of ${run.runId} is gone`);
    case 'run-ended':
      return { type: 'stopped', scope: runScope(run.runId) };
    case 'stopped':
      return opened;
    case 'undoing':
      throw busy('somebody takes an effect of this run back right now');
    case 'refused':
      return opened.reason;
    case 'gap':
      throw unsettledBefore(input.effectSeq, opened.before);
    case 'exists': {
      const record = await getEffect(db, callId);
      if (record !== undefined) return { type: 'exists', record };
      throw gap(`the row of ${callId} vanished while it was read`);
    }
  }
}

/**
 * Opens an intent. Where a crash of the database took the outcome before it back, whoever saw that one writes it again
 * first: this process, or another one that lives.
 */
async function openBehind(
  { db, owner, now, recent }: EffectDependencies,
  wanted: IntentToOpen,
  check: IntentCheck<IntentRefusal> | undefined,
): ReturnType<typeof open> {
  const opened = await open(db, wanted, check);
  if (opened.type !== 'gap' || opened.before !== 'intent') return opened;
  const { runId, agentPath, effectSeq } = wanted.intent;
  const before = await effectOfNumber(db, { runId, agentPath, effectSeq: effectSeq - 1 });
  if (before !== undefined && stateOfOwner(before, owner, now()) === 'alive') {
    throw busy('the process that performed the effect before this one writes its outcome again');
  }
  await recent.writeAgain(db);
  return open(db, wanted, check);
}

async function open(
  db: EffectDependencies['db'],
  wanted: IntentToOpen,
  check: IntentCheck<IntentRefusal> | undefined,
) {
  return openIntent(db, wanted, check).catch((error: unknown) => {
    if (!isUniqueViolation(error)) throw error;
    throw gap(`another effect of this run is number ${wanted.intent.effectSeq} already`);
  });
}

function unsettledBefore(seq: number, state: EffectState | undefined): ApplicationFailure {
  return gap(
    state === undefined
      ? `the ledger lacks effect ${seq} of this run: it is behind what the run remembers`
      : `effect ${seq} of this run is ${state}; nothing else starts before it is settled`,
  );
}

function gap(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, FailureType.effectConflict);
}
