/** Where a cost comes from: the proxy's header, the provider's token counts, our own count, or nowhere. */
type CostSource = 'header' | 'usage' | 'counted' | 'unknown';

/** Tokens and money of one model call, as billed. */
export interface Usage {
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** Input tokens that the provider served from its cache; they are part of `tokensIn`. */
  readonly cachedTokens?: number;
  /** Millionths of a US dollar; null when no price is known, which is never the same as 0. */
  readonly costMicroUsd: number | null;
  readonly costSource: CostSource;
  /** The model that answered, as the endpoint names it. */
  readonly model: string;
  /** The answer was cut: what came until then is counted, the bill may be higher. */
  readonly partial?: boolean;
}
