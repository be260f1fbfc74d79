import type { InvokeModelInput, InvokeModelResult } from '../../../domain/agent/activities.ts';
import type { CallEstimate } from './call-cost.ts';

/** A call that a limit of the run, or a budget that covers it, has no room for. */
export type BudgetRefused = Extract<InvokeModelResult, { type: 'budget-refused' }>;

/** A call that may not be made now. */
export type CallRefused = Extract<InvokeModelResult, { type: 'budget-refused' | 'stopped' }>;

/** Refuses a call that would pass the run's cap; a cap with an unknown price is refused until a person allows it. */
export function overRunLimit(
  { pins, spent, raisedMicroUsd }: InvokeModelInput,
  estimate: CallEstimate,
): BudgetRefused | undefined {
  const { maxCostMicroUsd } = pins.limits;
  if (maxCostMicroUsd === null) return undefined;
  if (spent.microUsd === null || estimate.microUsd === null) {
    if (raisedMicroUsd > 0) return undefined;
    return { type: 'budget-refused', budget: 'price_unknown', microUsd: null };
  }
  const over = spent.microUsd + estimate.microUsd - maxCostMicroUsd - raisedMicroUsd;
  return over <= 0 ? undefined : { type: 'budget-refused', budget: 'run', microUsd: over };
}
