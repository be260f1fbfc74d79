/** Price of one model, in micro-dollars per million tokens, so that one token costs `price / 1e6` micro-dollars. */
export interface Price {
  readonly inputMicroUsd: number;
  readonly outputMicroUsd: number;
  /** Input served from the provider's cache; absent: billed as input. */
  readonly cachedMicroUsd?: number;
}

/** A line of the price table. */
export interface DatedPrice extends Price {
  readonly model: string;
  /** Day on which the price was looked up, `YYYY-MM-DD`. */
  readonly date: string;
}

/** Tokens to be paid for. `cachedTokens` is part of `tokensIn`. */
export interface BilledTokens {
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly cachedTokens?: number;
}

/** Prices by exact model name. */
export type PriceTable = ReadonlyMap<string, DatedPrice>;

/** Lays tables over each other: later lines replace earlier ones of the same model. */
export function priceTable(...layers: readonly (readonly DatedPrice[])[]): PriceTable {
  return new Map(layers.flat().map((line) => [line.model, line]));
}

/** Finds the price under the first of the names that the table knows. Names match exactly: no guess about relatives. */
export function findPrice(table: PriceTable, names: readonly string[]): DatedPrice | undefined {
  for (const name of names) {
    const price = table.get(name);
    if (price !== undefined) return price;
  }
  return undefined;
}

/**
 * Computes the cost of a call in integer micro-dollars, rounded up, so that a used token never costs 0 unless its price
 * is 0. Exact up to 2^53 (a million tokens at $9,000 a million).
 */
export function costMicroUsd(price: Price, tokens: BilledTokens): number {
  const cached = Math.min(tokens.cachedTokens ?? 0, tokens.tokensIn);
  const sum =
    (tokens.tokensIn - cached) * price.inputMicroUsd +
    cached * (price.cachedMicroUsd ?? price.inputMicroUsd) +
    tokens.tokensOut * price.outputMicroUsd;
  return Math.ceil(sum / 1_000_000);
}

/** Computes what a call may cost at most: the counted input and a full answer; null when the price is unknown. */
export function reservationMicroUsd(
  price: Price | undefined,
  { tokensIn, maxTokens }: { readonly tokensIn: number; readonly maxTokens: number },
): number | null {
  return price === undefined ? null : costMicroUsd(price, { tokensIn, tokensOut: maxTokens });
}
