import { z } from 'zod';

import { undoIdOf, type PreparedUndo } from '../../../domain/effects/undo.ts';
import { isEnded } from '../../../domain/run/status.ts';
import { getCall } from '../../../storage/calls/prepared-calls.ts';
import { findEffectToUndo, type FoundEffect } from '../../../storage/effects/undo-effects.ts';
import { hashJson } from '../../../storage/hashing.ts';
import type { EffectToUndo, PerformContext, Preparation, TakeBack } from '../../tools/tool.ts';
import type { EffectDependencies } from '../dependencies.ts';
import { UndoRefused } from './refused.ts';

/** An effect that can be taken back, and everything that it takes. */
export interface WayBack {
  readonly found: FoundEffect;
  readonly undoId: string;
  readonly effect: EffectToUndo;
  readonly takeBack: TakeBack;
  /** Arguments of the call. */
  readonly args: never;
  readonly context: Pick<PerformContext, 'workspace' | 'networkAllowed' | 'signal'>;
}

/** Longest detail that is shown, in characters: it goes through a history. */
const maxDetail = 20_000;

/**
 * Finds how an effect is taken back.
 * @throws {UndoRefused} when it does not stand, nobody knows whether it does, its run still works, or it is taken back
 * by hand only.
 */
export async function findWayBack(
  { db, prepare, definitions, workspaces }: EffectDependencies,
  asked: { readonly tenant: string; readonly callId: string },
  signal: AbortSignal,
): Promise<WayBack> {
  const found = await findEffectToUndo(db, asked.tenant, asked.callId);
  if (found === undefined) {
    throw new UndoRefused(
      'not_found',
      `there is no effect ${asked.callId}`,
      'see: holdfast effects list',
    );
  }
  assertStanding(found);
  const call = await getCall(db, found.callId, found.digest);
  const tool = prepare.tools.get(found.tool);
  if (call === undefined || tool === undefined) {
    throw new UndoRefused('not_found', `what ${found.callId} did is not kept any more`);
  }
  if (tool.takeBack === undefined) {
    const { undo = 'by hand' } = tool.effect ?? {};
    throw new UndoRefused('compensation_failed', `${found.tool} has no undo of its own`, undo);
  }
  const [pinned, workspace] = await Promise.all([
    definitions.read(found.tenant, found.pins.definitions),
    workspaces.open(found.pins.workspace),
  ]);
  return {
    found,
    undoId: undoIdOf(found.callId),
    takeBack: tool.takeBack,
    args: z.parse(tool.schema, call.arguments),
    context: { workspace, networkAllowed: pinned.networkAllowed, signal },
    effect: {
      callId: found.callId,
      preconditions: call.preconditions,
      contentBefore: async (path) =>
        workspaces.contentBefore(found.pins.workspace, found.callId, path),
    },
  };
}

function assertStanding({ callId, state, undoes, status }: FoundEffect): void {
  if (undoes !== null) {
    throw new UndoRefused(
      'conflict',
      `${callId} takes back ${undoes} and is not taken back itself`,
    );
  }
  switch (state) {
    case 'intent':
      throw new UndoRefused('conflict', `${callId} is still going on`);
    case 'failed':
      throw new UndoRefused('conflict', `${callId} failed: there is nothing to take back`);
    case 'unknown':
      throw new UndoRefused(
        'effect_unknown',
        `nobody knows whether ${callId} happened`,
        'look for yourself, then settle it first: holdfast effects settle',
      );
    case 'committed':
      break;
  }
  if (isEnded(status) || status === 'paused') return;
  throw new UndoRefused(
    'conflict',
    'its run is still at work',
    'wait for its end, or pause it first: holdfast runs pause',
  );
}

/** What taking an effect back would do, as things are now, and what must still hold at the act. */
export interface Prepared {
  readonly shown: PreparedUndo;
  readonly preconditions: Preparation['preconditions'];
}

/**
 * Works out what taking an effect back would do.
 * @throws {ToolError} conflict when the present state is not what the effect left.
 */
export async function prepareWayBack(
  { redactor }: EffectDependencies,
  { found, takeBack, args, context, effect }: WayBack,
): Promise<Prepared> {
  const { preconditions, preview, detail } = await takeBack.prepare(args, context, effect);
  const { callId, tool } = found;
  const note = isEnded(found.status) ? '\nthe diff that its run left is not changed by this' : '';
  const shown = redactor.json({ preview, detail: `${detail}${note}`.trim().slice(0, maxDetail) });
  const digest = hashJson({ undoes: callId, effect: found.digest, preconditions, ...shown });
  return { shown: { callId, tool, digest, ...shown }, preconditions };
}
