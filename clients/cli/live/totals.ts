import { microUsdPerUsd } from '../../../domain/budget/money.ts';

/** What a run has used so far, as far as it is known. */
export interface Totals {
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** Sum of the calls whose price is known. */
  readonly knownMicroUsd: number;
  /** Calls whose price is known, and those whose price is not. */
  readonly priced: number;
  readonly unpriced: number;
}

/** The totals of a run that has called no model yet. */
export const noTotals: Totals = {
  tokensIn: 0,
  tokensOut: 0,
  knownMicroUsd: 0,
  priced: 0,
  unpriced: 0,
};

/** Adds one model call; a null cost is unknown, not free. */
export function withCall(
  totals: Totals,
  call: {
    readonly tokensIn: number;
    readonly tokensOut: number;
    readonly costMicroUsd: number | null;
  },
): Totals {
  const isPriced = call.costMicroUsd !== null;
  return {
    tokensIn: totals.tokensIn + call.tokensIn,
    tokensOut: totals.tokensOut + call.tokensOut,
    knownMicroUsd: totals.knownMicroUsd + (call.costMicroUsd ?? 0),
    priced: totals.priced + (isPriced ? 1 : 0),
    unpriced: totals.unpriced + (isPriced ? 0 : 1),
  };
}

/** What the calls cost: an amount, `at least` an amount when some are unknown, or `unknown`. */
export function totalCostText({ knownMicroUsd, priced, unpriced }: Totals): string {
  if (unpriced === 0) return usdText(knownMicroUsd);
  return priced > 0 && knownMicroUsd > 0 ? `at least ${usdText(knownMicroUsd)}` : 'unknown';
}

/** A cost for people; null is unknown. */
export function costText(microUsd: number | null): string {
  return microUsd === null ? 'unknown' : usdText(microUsd);
}

/** Dollars with two digits from one dollar on, four below, so that a cheap call is not shown as free. */
function usdText(microUsd: number): string {
  const usd = microUsd / microUsdPerUsd;
  if (microUsd > 0 && microUsd < 100) return 'under $0.0001';
  return `$${usd.toFixed(microUsd === 0 || usd >= 1 ? 2 : 4)}`;
}

/** A count with thin groups: `12,345`. */
export function countText(count: number): string {
  return count.toLocaleString('en-US');
}

/** Tokens and cost on one line. */
export function totalsText(totals: Totals): string {
  const cost = totalCostText(totals);
  const money = cost === 'unknown' ? 'cost unknown' : cost;
  return `${countText(totals.tokensIn)} tokens in, ${countText(totals.tokensOut)} out, ${money}`;
}
