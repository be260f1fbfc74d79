import { randomInt } from 'node:crypto';

import { ApplicationFailure } from '@temporalio/common';

import type { PerformCallInput } from '../../../domain/agent/activities.ts';
import type { EffectRecord, EffectState } from '../../../domain/effects/effect-record.ts';
import { firstFenceOf, maxLaunchNumber } from '../../../domain/effects/launch-number.ts';
import { FailureType } from '../../../domain/failures.ts';
import type { StoredCall } from '../../../storage/calls/prepared-calls.ts';
import { getEffect } from '../../../storage/effects/effects.ts';
import {
  openIntent,
  type IntentCheck,
  type IntentToOpen,
} from '../../../storage/effects/open-intent.ts';
import { isUniqueViolation } from '../../../storage/postgres/database.ts';
import { runScope, stopSubject } from '../../../domain/stops/stop-scopes.ts';
import type { EffectDependencies } from '../dependencies.ts';
import { refusedDecisions, type CallInQuestion, type Refused } from './decisions.ts';
import { secretEvents, type OpenIntent } from './record-outcome.ts';

/** Time an intent is believed without a sign of life from another host, in milliseconds. */
export const leaseMs = 30_000;

export type TakenIntent =
  | { readonly type: 'taken'; readonly intent: OpenIntent }
  | { readonly type: 'stopped'; readonly scope: string }
  | { readonly type: 'unapproved'; readonly refused: readonly Refused[] }
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
 * nothing that covers it is stopped, the effect before it is settled, and what was decided covers the call where it is
 * `asked` for. No commit, no effect.
 *
 * @throws {ApplicationFailure} Effect.Conflict when the ledger does not fit what the run remembers.
 */
export async function takeIntent(
  { db, owner, now }: EffectDependencies,
  { call, input, asked, begunAs }: IntentWanted,
): Promise<TakenIntent> {
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
  const check = asked === undefined ? undefined : decisionsCheck(input, asked);
  const opened = await openIntent(db, wanted, check).catch((error: unknown) => {
    if (!isUniqueViolation(error)) throw error;
    throw gap(`another effect of this run is number ${effectSeq} already`);
  });
  switch (opened.type) {
    case 'written':
      return { type: 'taken', intent: { callId, fence, effectSeq } };
    case 'no-run':
      throw gap(`the row of ${run.runId} is gone`);
    case 'run-ended':
      return { type: 'stopped', scope: runScope(run.runId) };
    case 'stopped':
      return opened;
    case 'refused':
      return { type: 'unapproved', refused: opened.reason };
    case 'gap':
      throw unsettledBefore(input.effectSeq, opened.before);
    case 'exists': {
      const record = await getEffect(db, callId);
      if (record !== undefined) return { type: 'exists', record };
      throw gap(`the row of ${callId} vanished while it was read`);
    }
  }
}

function decisionsCheck(
  input: PerformCallInput,
  asked: CallInQuestion,
): IntentCheck<readonly Refused[]> {
  const { tenant } = input.run;
  return { tenant, refusal: async (tx) => refusedDecisions(tx, input, asked) };
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
