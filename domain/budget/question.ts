import type { PassedCap } from './budget.ts';

/** Says what a call needs that a budget has no room for, and what an approval without an amount allows. */
export function budgetQuestion({
  budget,
  microUsd,
  cap,
}: {
  readonly budget: string;
  readonly microUsd: number | null;
  readonly cap?: PassedCap;
}): string {
  if (cap === undefined || cap.unit === 'usd') {
    if (microUsd === null) {
      return 'the model has no known price (`price:` in its settings), so the cost limit of the run cannot be kept; approve to go on without it';
    }
    const needs = `$${(microUsd / 1e6).toFixed(4)}`;
    return `the next model call needs ${needs} more than ${budget} allows`;
  }
  if (cap.unit === 'unknown') {
    return `the next model call has no known price, and ${budget} limits money; approve to allow such calls`;
  }
  return `the next model call needs ${cap.over} ${cap.unit} more than ${budget} allows; approve to allow ${cap.offer} more`;
}
