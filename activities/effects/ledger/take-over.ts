import { z } from 'zod';

import type { EffectRecord } from '../../../domain/effects/effect-record.ts';
import type { CallOutcome } from '../../../domain/tools/call-outcome.ts';
import type { StoredCall } from '../../../storage/calls/prepared-calls.ts';
import { getOutcome } from '../../../storage/calls/call-outcomes.ts';
import { takeOver } from '../../../storage/effects/effects.ts';
import type { PrepareScope } from '../../prepare/prepare-call.ts';
import type { ProbeResult } from '../../tools/tool.ts';
import type { EffectDependencies } from '../dependencies.ts';
import { busy } from './attempt-at-call.ts';
import { leaseMs } from './intent.ts';
import { recordOutcome, recordUnknown, type OpenIntent } from './record-outcome.ts';

/** What a probe found: the effect is settled, may be performed now, or nobody can tell. */
export type Probed =
  | { readonly type: 'settled'; readonly outcome: CallOutcome }
  | { readonly type: 'act'; readonly intent: OpenIntent }
  | { readonly type: 'unknown'; readonly evidence: string };

/** Takes an intent over from a process that is proved dead, and looks whether its effect has happened. */
export async function takeOverAndProbe(
  dependencies: EffectDependencies,
  work: { readonly call: StoredCall; readonly record: EffectRecord; readonly scope: PrepareScope },
): Promise<Probed> {
  const { db, owner, now } = dependencies;
  const { call, record, scope } = work;
  const leaseUntil = new Date(now() + leaseMs);
  const fence = await takeOver(db, record, { owner, leaseUntil });
  if (fence === undefined) return faster(dependencies, call);
  const intent = { callId: call.callId, fence, effectSeq: record.effectSeq };
  const probe = await probeCall(dependencies, call, scope);
  switch (probe.type) {
    case 'happened': {
      const outcome = await recordOutcome(db, { call, intent }, probe.result);
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
  { prepare }: EffectDependencies,
  call: StoredCall,
  scope: PrepareScope,
): Promise<ProbeResult> {
  const tool = prepare.tools.get(call.tool);
  if (tool?.probe === undefined) {
    return {
      type: 'no-answer',
      why: `the process that ran it is dead, and ${call.tool} leaves nothing to look at`,
    };
  }
  try {
    return await tool.probe(z.parse(tool.schema, call.arguments), {
      workspace: scope.workspace,
      networkAllowed: scope.definitions.networkAllowed,
      signal: scope.signal,
      callId: call.callId,
      preconditions: call.preconditions,
      timeoutMs: probeTimeoutMs,
    });
  } catch (error) {
    scope.signal.throwIfAborted();
    // A look that fails tells nothing: a person is asked, and the run is not lost for it.
    const words = error instanceof Error ? error.message.slice(0, 500) : 'unknown error';
    return { type: 'no-answer', why: `looking whether it happened failed: ${words}` };
  }
}

/** A probe only looks; it is short. */
const probeTimeoutMs = 30_000;
