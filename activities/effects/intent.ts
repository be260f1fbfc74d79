import { randomInt } from 'node:crypto';

import { ApplicationFailure } from '@temporalio/common';

import type { PerformCallInput } from '../../domain/agent/activities.ts';
import type { EffectRecord } from '../../domain/effects/effect-record.ts';
import { FailureType } from '../../domain/failures.ts';
import type { StoredCall } from '../../storage/calls/prepared-calls.ts';
import { getEffect, insertIntent, stateOfSeq } from '../../storage/effects/effects.ts';
import { lockRun } from '../../storage/runs/runs.ts';
import { isUniqueViolation } from '../../storage/postgres/database.ts';
import { writeNotes } from '../../storage/events/write-notes.ts';
import { runScope, stoppedScope } from '../../storage/stops/stops.ts';
import type { EffectDependencies } from './dependencies.ts';
import type { OpenIntent } from './record-outcome.ts';

/** Time an intent is believed without a sign of life from another host, in milliseconds. */
export const leaseMs = 30_000;

export type TakenIntent =
  | { readonly type: 'taken'; readonly intent: OpenIntent }
  | { readonly type: 'stopped'; readonly scope: string }
  | { readonly type: 'exists'; readonly record: EffectRecord };

/**
 * Writes down that an effect is about to happen, in one commit with everything that must hold for it: the run is open,
 * nothing that covers it is stopped, and the effect before it is settled. No commit, no effect.
 *
 * @throws {ApplicationFailure} Effect.Conflict when the ledger does not fit what the run remembers.
 */
export async function takeIntent(
  { db, owner, now }: EffectDependencies,
  { call, input }: { readonly call: StoredCall; readonly input: PerformCallInput },
): Promise<TakenIntent> {
  const { run, notes } = input;
  const effectSeq = input.effectSeq + 1;
  // Not always the same number: a row that a person cleared must not answer to the fence of its first owner.
  const fence = randomInt(1, maxFirstFence);
  const taken = db.transaction().execute(async (tx): Promise<TakenIntent> => {
    // Held to the end: whoever closes the run sees this intent, or this intent sees that the run is closed.
    const state = await lockRun(tx, run.runId);
    if (state === undefined) throw gap(`the row of ${run.runId} is gone`);
    if (state === 'ended') return { type: 'stopped', scope: runScope(run.runId) };
    const scope = await stoppedScope(tx, run.tenant, [runScope(run.runId)]);
    if (scope !== undefined) return { type: 'stopped', scope };
    await checkOneBefore(tx, input);
    const isNew = await insertIntent(tx, {
      callId: call.callId,
      tenant: run.tenant,
      runId: run.runId,
      agentPath: run.agentPath,
      effectSeq,
      digest: call.digest,
      tool: call.tool,
      target: call.preview,
      owner,
      leaseUntil: new Date(now() + leaseMs),
      before: call.preconditions,
      fence,
    });
    if (!isNew) {
      const record = await getEffect(tx, call.callId);
      if (record !== undefined) return { type: 'exists', record };
      throw gap(`the row of ${call.callId} vanished while it was read`);
    }
    const data = { callId: call.callId, tool: call.tool, effectSeq, preview: call.preview };
    await writeNotes(tx, {
      tenant: run.tenant,
      runId: run.runId,
      notes,
      events: [
        { type: 'effect.intent', data },
        {
          type: 'tool.started',
          data: { callId: call.callId, tool: call.tool, preview: call.preview },
        },
      ],
    });
    return { type: 'taken', intent: { callId: call.callId, fence, effectSeq } };
  });
  return taken.catch((error: unknown) => {
    if (!isUniqueViolation(error)) throw error;
    throw gap(`another effect of this run is number ${effectSeq} already`);
  });
}

/** First fences lie below this, so that taking over has room to count. */
const maxFirstFence = 1_000_000_000;

async function checkOneBefore(
  tx: Parameters<typeof stateOfSeq>[0],
  { run, effectSeq }: PerformCallInput,
): Promise<void> {
  if (effectSeq === 0) return;
  const state = await stateOfSeq(tx, { runId: run.runId, agentPath: run.agentPath, effectSeq });
  if (state === 'committed' || state === 'failed') return;
  throw gap(
    state === undefined
      ? `the ledger lacks effect ${effectSeq} of this run: it is behind what the run remembers`
      : `effect ${effectSeq} of this run is ${state}; nothing else starts before it is settled`,
  );
}

function gap(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, FailureType.effectConflict);
}
