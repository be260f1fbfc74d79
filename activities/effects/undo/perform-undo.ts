import type { EffectRecord } from '../../../domain/effects/effect-record.ts';
import { launchNumberOf } from '../../../domain/effects/launch-number.ts';
import { ledgerVerdict } from '../../../domain/effects/ledger-verdict.ts';
import type { PreparedUndo, UndoAnswer } from '../../../domain/effects/undo.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import { readText } from '../../../storage/reading/blob-reader.ts';
import { getEffect, takeOver } from '../../../storage/effects/effects.ts';
import { redactedResult } from '../../redaction/redact-fully.ts';
import {
  CallEnded,
  ShuttingDown,
  ToolError,
  type ProbeContext,
  type ToolResult,
} from '../../tools/tool.ts';
import type { EffectDependencies } from '../dependencies.ts';
import { keepTrying } from '../keep-trying.ts';
import type { Watching } from '../ledger/attempt.ts';
import { busy } from '../ledger/attempt-at-call.ts';
import { leaseMs } from '../ledger/intent.ts';
import { stateOfOwner } from '../ledger/owner.ts';
import { underLease } from '../ledger/under-lease.ts';
import { UndoRefused } from './refused.ts';
import {
  beforeOf,
  endUndo,
  endUndoUnknown,
  takeUndoIntent,
  withdrawUndo,
  type UndoIntent,
} from './undo-ledger.ts';
import { prepareWayBack, type WayBack } from './way-back.ts';

/** Somebody's order to take an effect back, as it was shown. */
export interface UndoWanted {
  readonly way: WayBack;
  readonly digest: string;
  readonly decisionId: string;
  readonly by: string;
}

/** Longest an act may take, in milliseconds; looks at remotes are shorter. */
const actMs = 120_000;

/**
 * Takes an effect back: intent, act, outcome, as every effect. May be attempted without limit; the ledger decides what
 * another attempt does.
 * @throws {UndoRefused} when nothing was done.
 */
export async function performUndo(
  dependencies: EffectDependencies,
  wanted: UndoWanted,
  watching: Watching,
): Promise<UndoAnswer> {
  const { way, digest, decisionId, by } = wanted;
  const standing = await getEffect(dependencies.db, way.undoId);
  if (standing !== undefined) return goOn(dependencies, { ...wanted, standing }, watching);
  const prepared = await prepareWayBack(dependencies, way);
  if (prepared.shown.digest !== digest) {
    throw new UndoRefused(
      'digest_mismatch',
      'this is not what was shown: something changed meanwhile',
      'look at it again: holdfast effects undo',
    );
  }
  // No number follows no effect: whatever is there is kept now, and once more before the next call.
  const kept = { callId: way.undoId, effectSeq: Number.NaN };
  const { workspaces } = dependencies;
  await workspaces.keepBefore(await workspaces.open(way.found.pins.workspace), kept);
  await dependencies.pauseAt('before-intent', way.undoId);
  watching.signal.throwIfAborted();
  const taken = await takeUndoIntent(dependencies, way, { ...prepared, decisionId, by });
  switch (taken.type) {
    case 'taken':
      await dependencies.pauseAt('after-intent', way.undoId);
      return actAndEnd(dependencies, taken, watching);
    case 'stopped':
      throw new UndoRefused('kill_switch_active', `${taken.scope} is stopped`);
    case 'moved-on':
      throw new UndoRefused('conflict', 'its run works again');
    case 'exists':
      throw busy('somebody else takes this effect back');
  }
}

/**
 * What stands in the ledger of an effect that somebody began to take back.
 * @throws {UndoRefused} when it has ended, or goes on.
 */
export function begunUndo(
  { owner, now, running }: EffectDependencies,
  { found, undoId }: WayBack,
  standing: EffectRecord,
): PreparedUndo {
  assertUndone(standing);
  const seen = stateOfOwner(standing, owner, now());
  if (seen === 'alive' || (seen === 'me' && running.has(undoId))) {
    throw new UndoRefused('conflict', 'somebody takes it back right now');
  }
  return {
    callId: found.callId,
    tool: found.tool,
    digest: standing.digest,
    preview: 'go on with what was begun and not ended',
    detail: '',
  };
}

/** A row stands in the ledger: an attempt before this one, or another order. */
async function goOn(
  dependencies: EffectDependencies,
  { way, decisionId, standing }: UndoWanted & { readonly standing: EffectRecord },
  watching: Watching,
): Promise<UndoAnswer> {
  const { db, owner, now } = dependencies;
  const before = beforeOf(standing);
  if (standing.state === 'committed' && before.decisionId === decisionId) {
    return done(way, (await readText(db, way.found.tenant, standing.result ?? null)) ?? '');
  }
  assertUndone(standing);
  const seen = stateOfOwner(standing, owner, now());
  // One attempt runs in this process, and that is this one.
  const verdict = ledgerVerdict(standing, standing.digest, seen === 'me' ? 'dead' : seen);
  if (verdict.type === 'busy') throw busy('the process that takes it back is still alive');
  const leaseUntil = new Date(now() + leaseMs);
  const fence = await takeOver(db, standing, { owner, leaseUntil });
  if (fence === undefined) throw busy('another worker takes this effect back');
  const { effectSeq, digest } = standing;
  const intent = { way, intent: { callId: way.undoId, fence, effectSeq }, digest, before };
  if (verdict.type === 'unknown') return unknown(dependencies, intent, verdict.why);
  return probeAndEnd(dependencies, intent, watching);
}

/** Refuses what has ended already. */
function assertUndone({ callId, state, settledBy }: EffectRecord): void {
  switch (state) {
    case 'committed':
      throw new UndoRefused(
        'conflict',
        'it was taken back already',
        `see: holdfast effects show ${callId}`,
      );
    case 'failed':
      throw new UndoRefused(
        'compensation_failed',
        `taking it back failed${settledBy === undefined ? '' : `, ${settledBy} says`}: it is not tried again`,
        `see what was said, then do it by hand: holdfast effects show ${callId}`,
      );
    case 'unknown':
      throw unknownRefusal(callId);
    case 'intent':
  }
}

async function actAndEnd(
  dependencies: EffectDependencies,
  intent: UndoIntent,
  watching: Watching,
): Promise<UndoAnswer> {
  const { redactor, pauseAt } = dependencies;
  const { takeBack, args, effect, undoId } = intent.way;
  let result: ToolResult;
  try {
    result = await underLease(dependencies, intent.intent, async () =>
      redactedResult(redactor, async () =>
        takeBack.perform(args, contextOf(intent, watching), effect),
      ),
    );
  } catch (error) {
    return endRefused(dependencies, intent, error);
  }
  await pauseAt('after-act', undoId);
  return end(dependencies, intent, result);
}

/** An act that threw: it did nothing, or nobody knows what it did. */
async function endRefused(
  dependencies: EffectDependencies,
  intent: UndoIntent,
  error: unknown,
): Promise<UndoAnswer> {
  const reason = error instanceof CallEnded ? error.cause : error;
  if (reason instanceof ShuttingDown) throw reason;
  const didNothing =
    error instanceof ToolError ||
    (error instanceof CallEnded && error.progress === 'not-begun') ||
    (error instanceof HoldfastError && error.code === 'sandbox_unavailable');
  const words = error instanceof Error ? error.message.slice(0, 500) : 'unknown error';
  if (!didNothing) return unknown(dependencies, intent, words);
  await keepTrying(async () => withdrawUndo(dependencies, intent, words));
  throw error;
}

async function probeAndEnd(
  dependencies: EffectDependencies,
  intent: UndoIntent,
  watching: Watching,
): Promise<UndoAnswer> {
  const { redactor } = dependencies;
  const { takeBack, args, effect } = intent.way;
  const context: ProbeContext = { ...contextOf(intent, watching), runningOn: 'awaited' };
  const probed = await underLease(dependencies, intent.intent, async () =>
    takeBack.probe(args, context, effect),
  ).catch((thrown: unknown) => {
    watching.signal.throwIfAborted();
    const error = redactor.error(thrown);
    return {
      type: 'no-answer' as const,
      why: error instanceof Error ? error.message.slice(0, 500) : 'unknown error',
    };
  });
  switch (probed.type) {
    case 'happened':
      return end(dependencies, intent, redactor.json(probed.result));
    case 'did-not-happen':
      return actAndEnd(dependencies, intent, watching);
    case 'no-answer':
      return unknown(dependencies, intent, probed.why);
  }
}

function contextOf({ way, intent, before }: UndoIntent, { progress }: Watching) {
  return {
    ...way.context,
    callId: way.undoId,
    preconditions: before.preconditions,
    timeoutMs: actMs,
    ledger: { launchNumber: launchNumberOf(intent.fence), progress },
  };
}

async function end(
  dependencies: EffectDependencies,
  intent: UndoIntent,
  result: ToolResult,
): Promise<UndoAnswer> {
  const isMine = await keepTrying(async () => endUndo(dependencies, intent, result));
  dependencies.workspaces.bundleSoon(intent.way.found.runId);
  await dependencies.pauseAt('after-outcome', intent.way.undoId);
  if (!isMine) throw busy('another worker has taken this over');
  if (result.status === 'ok') return done(intent.way, result.text);
  throw new UndoRefused(
    'compensation_failed',
    `taking it back failed: ${result.text.slice(0, 1_000)}`,
    'do it by hand; it is not tried again',
  );
}

async function unknown(
  dependencies: EffectDependencies,
  intent: UndoIntent,
  why: string,
): Promise<UndoAnswer> {
  await keepTrying(async () => endUndoUnknown(dependencies, intent, why));
  dependencies.workspaces.bundleSoon(intent.way.found.runId);
  throw unknownRefusal(intent.way.undoId, why);
}

function unknownRefusal(undoId: string, why?: string): UndoRefused {
  return new UndoRefused(
    'effect_unknown',
    `nobody knows whether it was taken back${why === undefined ? '' : `: ${why}`}`,
    `look for yourself, then: holdfast effects settle ${undoId} --happened (or --did-not-happen) --reason "…"`,
  );
}

function done({ found }: WayBack, text: string): UndoAnswer {
  return { type: 'done', callId: found.callId, text: text.slice(0, 2_000) };
}
