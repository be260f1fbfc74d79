/**
 * What calls cost, in micro-dollars: the sum of those whose price is known, which the true cost is at least. Null where
 * that sum says nothing: no price is known, or only free calls have one. An unknown price is never nothing.
 */
export function knownCost(knownMicroUsd: number, unknownCalls: number): number | null {
  return unknownCalls > 0 && knownMicroUsd === 0 ? null : knownMicroUsd;
}
