import { undoAskedSchema, type UndoAsked } from '../../../domain/effects/undo-schema.ts';
import { undoIdOf, type UndoActivities, type UndoAnswer } from '../../../domain/effects/undo.ts';
import { getEffect } from '../../../storage/effects/effects.ts';
import { findEffectToUndo } from '../../../storage/effects/undo-effects.ts';
import type { EffectDependencies } from '../dependencies.ts';
import { attempt, type Watching } from '../ledger/attempt.ts';
import { busy } from '../ledger/attempt-at-call.ts';
import type { StopWatcher } from '../perform/stop-watcher.ts';
import { begunUndo, performUndo } from './perform-undo.ts';
import { refusalOf, UndoRefused } from './refused.ts';
import { settleUndo } from './settle-undo.ts';
import { whoOrders } from './undo-order.ts';
import { findWayBack, prepareWayBack } from './way-back.ts';

/** Makes the activity that takes effects back. */
export function createUndoActivities(
  dependencies: EffectDependencies,
  stops: StopWatcher,
): UndoActivities {
  return {
    undoEffect: async (asked) =>
      attempt(async (_, watching) => answered(dependencies, asked, watching), {
        stops,
        run: undefined,
        ends: 'not-when-lost',
      }),
  };
}

async function answered(
  dependencies: EffectDependencies,
  value: unknown,
  watching: Watching,
): Promise<UndoAnswer> {
  const parsed = undoAskedSchema.safeParse(value);
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path }) => path.map(String).join('.')).join(', ');
    return { type: 'refused', code: 'invalid_argument', message: `does not fit: ${fields}` };
  }
  try {
    return await carryOut(dependencies, parsed.data, watching);
  } catch (error) {
    watching.signal.throwIfAborted();
    const refusal = refusalOf(dependencies.redactor.error(error));
    if (refusal === undefined) throw error;
    return refusal;
  }
}

async function carryOut(
  dependencies: EffectDependencies,
  asked: UndoAsked,
  watching: Watching,
): Promise<UndoAnswer> {
  const { signal } = watching;
  const { running, db } = dependencies;
  switch (asked.action) {
    case 'prepare': {
      const way = await findWayBack(dependencies, asked, signal);
      const standing = await getEffect(db, way.undoId);
      const undo =
        standing === undefined
          ? (await prepareWayBack(dependencies, way)).shown
          : begunUndo(dependencies, way, standing);
      return { type: 'prepared', undo };
    }
    case 'settle': {
      const found = await findEffectToUndo(db, asked.tenant, asked.callId);
      if (found === undefined) throw new UndoRefused('not_found', `there is no ${asked.callId}`);
      const by = await whoOrders(dependencies, asked, found);
      return settleUndo(dependencies, { found, order: asked, by });
    }
    case 'perform': {
      const undoId = undoIdOf(asked.callId);
      // A lost attempt goes on in this process.
      if (running.has(undoId)) throw busy('an earlier attempt still takes it back');
      running.add(undoId);
      try {
        const way = await findWayBack(dependencies, asked, signal);
        const by = await whoOrders(dependencies, asked, way.found);
        const { digest, decisionId } = asked;
        return await performUndo(dependencies, { way, digest, decisionId, by }, watching);
      } finally {
        running.delete(undoId);
      }
    }
  }
}
