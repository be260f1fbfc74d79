import { randomInt } from 'node:crypto';

import type { EffectRecord } from '../../../domain/effects/effect-record.ts';
import { firstFenceOf, maxLaunchNumber } from '../../../domain/effects/launch-number.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../domain/json.ts';
import { stopSubject } from '../../../domain/stops/stop-scopes.ts';
import { putBlob } from '../../../storage/blobs/blobs.ts';
import { dropIntent, endEffect } from '../../../storage/effects/effects.ts';
import {
  openUndo,
  type OpenedUndo,
  type UndoBefore,
} from '../../../storage/effects/undo-effects.ts';
import { appendEvents, type NewEvent } from '../../../storage/events/append-events.ts';
import type { ToolResult } from '../../tools/tool.ts';
import type { EffectDependencies } from '../dependencies.ts';
import { leaseMs } from '../ledger/intent.ts';
import type { OpenIntent } from '../ledger/record-outcome.ts';
import type { Prepared, WayBack } from './way-back.ts';

/** An intent to take an effect back that is ours. */
export interface UndoIntent {
  readonly way: WayBack;
  readonly intent: OpenIntent;
  readonly digest: string;
  readonly before: UndoBefore;
}

/** Writes down that an effect is about to be taken back. No commit, no act. */
export async function takeUndoIntent(
  { db, owner, now }: EffectDependencies,
  way: WayBack,
  { shown, preconditions, ...who }: Prepared & Omit<UndoBefore, 'preconditions'>,
): Promise<
  Exclude<OpenedUndo, { readonly type: 'written' }> | (UndoIntent & { readonly type: 'taken' })
> {
  const { found, undoId } = way;
  const fence = firstFenceOf(randomInt(1, maxLaunchNumber));
  const before = { ...who, preconditions };
  const intent = { callId: undoId, fence, effectSeq: found.effectSeq };
  const subject = stopSubject(found, [found.tool]);
  const opened = await openUndo(db, {
    undoes: found.callId,
    // A run that was stopped or cancelled itself is just where effects are taken back.
    subject: { ...subject, scopes: subject.scopes.filter((scope) => !scope.startsWith('run:')) },
    intent: {
      ...intent,
      tenant: found.tenant,
      runId: found.runId,
      // A line of its own: the numbers of the agent's effects stay without a gap.
      agentPath: `${found.agentPath}/undo`,
      digest: shown.digest,
      tool: found.tool,
      target: `undo: ${shown.preview}`,
      owner,
      leaseUntil: new Date(now() + leaseMs),
      before: { ...before },
    },
    events: [
      event('effect.intent', { way, digest: shown.digest, by: who.by }, { preview: shown.preview }),
    ],
  });
  return opened.type === 'written'
    ? { type: 'taken', way, intent, digest: shown.digest, before }
    : opened;
}

/** What an intent says of who gave the order. */
export function beforeOf({ before }: EffectRecord): UndoBefore {
  const { decisionId, by, preconditions = null } = isJsonObject(before) ? before : {};
  return { decisionId: wordOf(decisionId), by: wordOf(by), preconditions };
}

function wordOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Writes what came of it. Returns false when another worker has taken the row over: then that one writes. */
export async function endUndo(
  { db }: Pick<EffectDependencies, 'db'>,
  { way, intent, digest, before }: UndoIntent,
  { status, text }: ToolResult,
): Promise<boolean> {
  const state = status === 'ok' ? 'committed' : 'failed';
  return db.transaction().execute(async (tx) => {
    const result = await putBlob(tx, way.found.tenant, text);
    if (!(await endEffect(tx, { ...intent, state, result }))) return false;
    const type = state === 'committed' ? 'effect.committed' : 'effect.failed';
    await tell(tx, way, event(type, { way, digest, by: before.by }, {}));
    return true;
  });
}

/** Writes that nobody can tell what came of it. */
export async function endUndoUnknown(
  { db }: Pick<EffectDependencies, 'db'>,
  { way, intent, digest, before }: UndoIntent,
  why: string,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const evidence = await putBlob(tx, way.found.tenant, JSON.stringify({ why }));
    if (!(await endEffect(tx, { ...intent, state: 'unknown', evidence }))) return;
    await tell(tx, way, event('effect.unknown', { way, digest, by: before.by }, { why }));
  });
}

/** Takes an intent back whose act refused before anything happened. */
export async function withdrawUndo(
  { db }: Pick<EffectDependencies, 'db'>,
  { way, intent, digest, before }: UndoIntent,
  why: string,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    if (!(await dropIntent(tx, intent))) return;
    const words = { why: `not begun: ${why}` };
    await tell(tx, way, event('effect.failed', { way, digest, by: before.by }, words));
  });
}

type Executor = Parameters<typeof appendEvents>[0];

async function tell(tx: Executor, { found }: WayBack, told: NewEvent): Promise<void> {
  await appendEvents(tx, { runId: found.runId, notes: [], events: [told] });
}

function event(
  type: NewEvent['type'],
  {
    way: { found, undoId },
    digest,
    by,
  }: { readonly way: WayBack; readonly digest: string; readonly by: string },
  more: JsonObject,
): NewEvent {
  const { tool, effectSeq, callId: undoes } = found;
  return { type, data: { callId: undoId, tool, effectSeq, digest, undoes, by, ...more } };
}
