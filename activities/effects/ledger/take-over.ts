import { z } from 'zod';

import type { EffectRecord } from '../../../domain/effects/effect-record.ts';
import { launchNumberOf } from '../../../domain/effects/launch-number.ts';
import type { CallOutcome } from '../../../domain/tools/call-outcome.ts';
import type { StoredCall } from '../../../storage/calls/prepared-calls.ts';
import { getOutcome } from '../../../storage/calls/call-outcomes.ts';
import { takeOver } from '../../../storage/effects/effects.ts';
import type { PrepareScope } from '../../prepare/prepare-call.ts';
import {
  CallEnded,
  type OutputProgress,
  type ProbeContext,
  type ProbeResult,
} from '../../tools/tool.ts';
import type { EffectDependencies } from '../dependencies.ts';
import { endedResult } from '../perform/act.ts';
import { redactedResult } from '../../redaction/redact-fully.ts';
import { busy } from './attempt-at-call.ts';
import { leaseMs } from './intent.ts';
import { underLease } from './under-lease.ts';
import { recordOutcome, recordUnknown, type OpenIntent } from './record-outcome.ts';

/** What a probe found: the effect is settled, may be performed now, or nobody can tell. */
export type Probed =
  | { readonly type: 'settled'; readonly outcome: CallOutcome }
  | { readonly type: 'act'; readonly intent: OpenIntent }
  | { readonly type: 'unknown'; readonly evidence: string };

/** An intent to take over, and what its probe is told. */
export interface ProbeWork extends Pick<ProbeContext, 'runningOn'> {
  readonly call: StoredCall;
  readonly record: EffectRecord;
  readonly scope: PrepareScope;
  readonly progress: OutputProgress;
}

/** Takes an intent over from a process that is proved dead, and looks whether its effect has happened. */
export async function takeOverAndProbe(
  dependencies: EffectDependencies,
  work: ProbeWork,
): Promise<Probed> {
  const { db, owner, now } = dependencies;
  const { call, record } = work;
  const leaseUntil = new Date(now() + leaseMs);
  const fence = await takeOver(db, record, { owner, leaseUntil });
  if (fence === undefined) return faster(dependencies, call);
  const intent = { callId: call.callId, fence, effectSeq: record.effectSeq };
  const probe = await underLease(dependencies, intent, async () =>
    probeCall(dependencies, work, launchNumberOf(fence)),
  );
  switch (probe.type) {
    case 'happened': {
      const outcome = await recordOutcome(dependencies, { call, intent }, probe.result);
      return outcome === undefined ? faster(dependencies, call) : { type: 'settled', outcome };
    }
    case 'did-not-happen':
      return { type: 'act', intent };
    case 'no-answer':
      return { type: 'unknown', evidence: await recordUnknown(db, { call, intent }, probe.why) };
  }
}

/** Somebody else took the row first: its outcome counts, or nobody can tell yet. */
async function faster({ db }: EffectDependencies, call: StoredCall): Promise<Probed> {
  const stored = await getOutcome(db, call.callId);
  if (stored !== undefined) return { type: 'settled', outcome: stored.outcome };
  throw busy('another worker is settling this effect');
}

async function probeCall(
  { prepare, redactor }: EffectDependencies,
  { call, scope, progress, runningOn }: ProbeWork,
  launchNumber: number,
): Promise<ProbeResult> {
  const tool = prepare.tools.get(call.tool);
  if (tool?.probe === undefined) {
    return {
      type: 'no-answer',
      why: `the process that ran it is dead, and ${call.tool} leaves nothing to look at`,
    };
  }
  try {
    const probed = await tool.probe(z.parse(tool.schema, call.arguments), {
      workspace: scope.workspace,
      networkAllowed: scope.definitions.networkAllowed,
      signal: scope.signal,
      callId: call.callId,
      preconditions: call.preconditions,
      timeoutMs: probeTimeoutMs,
      ledger: { launchNumber, progress },
      runningOn,
    });
    if (probed.type !== 'happened') return redactor.json(probed);
    const result = await redactedResult(redactor, () => Promise.resolve(probed.result));
    return { ...probed, result };
  } catch (thrown) {
    const error = redactor.error(thrown);
    // What still ran was ended by us: that is an answer.
    if (error instanceof CallEnded) return { type: 'happened', result: endedResult(error) };
    scope.signal.throwIfAborted();
    // A look that fails tells nothing: a person is asked, and the run is not lost for it.
    const words = error instanceof Error ? error.message.slice(0, 500) : 'unknown error';
    return { type: 'no-answer', why: `looking whether it happened failed: ${words}` };
  }
}

/** Looking is short; what still goes on is bounded by the limits it was begun with. */
const probeTimeoutMs = 30_000;
