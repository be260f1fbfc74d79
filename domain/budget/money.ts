/** Millionths of a US dollar in one dollar. */
export const microUsdPerUsd = 1_000_000;

/**
 * Reads an amount in US dollars as integer micro-dollars, rounded to the nearest. Takes what a header may hold,
 * `1.2e-05` included; undefined for anything that is no amount of money.
 */
export function parseUsd(text: string): number | undefined {
  if (!/^\s*\d+(\.\d+)?([eE][+-]?\d{1,3})?\s*$/.test(text)) return undefined;
  const microUsd = Math.round(Number(text) * microUsdPerUsd);
  return Number.isSafeInteger(microUsd) ? microUsd : undefined;
}
