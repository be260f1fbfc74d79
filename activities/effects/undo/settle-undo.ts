import type { UndoOrder } from '../../../domain/effects/undo-schema.ts';
import { undoIdOf, type UndoAnswer } from '../../../domain/effects/undo.ts';
import { hasCounted } from '../../../storage/effects/counted-settlement.ts';
import { clearForAnotherRun, getEffect, settleEffect } from '../../../storage/effects/effects.ts';
import type { FoundEffect } from '../../../storage/effects/undo-effects.ts';
import { appendEvents } from '../../../storage/events/append-events.ts';
import type { EffectDependencies } from '../dependencies.ts';
import { UndoRefused } from './refused.ts';

/** What a person says became of the way back of an effect. */
export interface UndoSettling {
  readonly found: FoundEffect;
  readonly order: Extract<UndoOrder, { readonly action: 'settle' }>;
  readonly by: string;
}

/**
 * Records what a person found out: it counts as taken back, or its row goes, so that it can be taken back again.
 * @throws {UndoRefused} when nothing is unknown.
 */
export async function settleUndo(
  { db }: Pick<EffectDependencies, 'db'>,
  { found, order: { settlement, reason, decisionId }, by }: UndoSettling,
): Promise<UndoAnswer> {
  const { callId, runId } = found;
  const undoId = undoIdOf(callId);
  const record = await getEffect(db, undoId);
  if (record?.state !== 'unknown') {
    throw new UndoRefused('conflict', `${undoId} is ${record?.state ?? 'not in the ledger'}`);
  }
  if (await hasCounted(db, { runId, decisionId })) {
    throw new UndoRefused('conflict', 'this settlement has counted already, for what was before');
  }
  const { tool, digest } = record;
  const isRecorded = await db.transaction().execute(async (tx) => {
    const isMine =
      settlement === 'happened'
        ? await settleEffect(tx, { callId: undoId, state: 'committed', by, reason, result: null })
        : await clearForAnotherRun(tx, undoId);
    if (!isMine) return false;
    const data = { callId: undoId, tool, digest, settlement, by, reason, decisionId };
    await appendEvents(tx, { runId, notes: [], events: [{ type: 'effect.settled', data }] });
    return true;
  });
  if (!isRecorded) throw new UndoRefused('conflict', 'it was settled meanwhile');
  const text = settlement === 'happened' ? 'committed' : 'cleared: it can be taken back again';
  return { type: 'done', callId: undoId, text };
}
