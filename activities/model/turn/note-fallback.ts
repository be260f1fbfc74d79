import type { ErrorCode } from '../../../domain/failures.ts';
import type { TierFailure, TierMove } from '../../../domain/models/tiers.ts';
import type { Trigger } from '../../../domain/models/triggers.ts';
import type { AgentRef } from '../../../domain/run/run-input.ts';
import { appendEvents } from '../../../storage/events/append-events.ts';
import type { Executor } from '../../../storage/postgres/database.ts';
import { usedByTier } from '../../../storage/usage/usage.ts';

/** A move to a later tier. */
export interface Fallback {
  readonly move: Extract<TierMove, { readonly type: 'move' }>;
  /** The tier that is left. */
  readonly fromTier: number;
  /** What made it move: a code of the fault, or the trigger. */
  readonly code: ErrorCode | Trigger;
  /** What tiers were given up for in this turn, in order. */
  readonly errors: readonly TierFailure[];
}

/** Writes why a turn goes to another model, and what the one that is left has used in it. Its calls are settled before. */
export async function noteFallback(
  db: Executor,
  { run, turn }: { readonly run: AgentRef; readonly turn: string },
  { move, fromTier, code, errors }: Fallback,
): Promise<void> {
  const { reason, fromModel, toModel } = move;
  const { tokens, costMicroUsd } = await usedByTier(db, turn, fromTier);
  const faults = errors.map(({ model, code: fault, message }) => ({ model, code: fault, message }));
  const data = { turn, reason, fromModel, toModel, code, tokens, costMicroUsd, errors: faults };
  await appendEvents(db, {
    runId: run.runId,
    notes: [],
    events: [{ type: 'model.fallback', data }],
  });
}
