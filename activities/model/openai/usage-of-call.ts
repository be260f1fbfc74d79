import type OpenAI from 'openai';
import { estimateTokenCount } from 'tokenx';

import { parseUsd } from '../../../domain/budget/money.ts';
import { costMicroUsd, findPrice } from '../../../domain/budget/price.ts';
import type { BilledTokens, Price, PriceTable } from '../../../domain/budget/price.ts';
import { toPrice } from '../../../domain/budget/price-schema.ts';
import type { ModelEntry } from '../../../domain/models/model-entry-schema.ts';
import type { Usage } from '../../../domain/models/usage.ts';

/** Header in which a LiteLLM proxy says what a call cost, in US dollars. */
const costHeader = 'x-litellm-response-cost';

export interface CallFacts {
  readonly entry: ModelEntry;
  readonly prices: PriceTable;
  /** What was sent, for an own count. */
  readonly sent: string;
  /** What came back, for an own count. */
  readonly received: string;
  readonly model: string;
  readonly reported: OpenAI.CompletionUsage | undefined;
  readonly headers: Headers | undefined;
  readonly isPartial: boolean;
}

/** Finds the price of a model: the entry's own, else the table's under the configured or the reported name. */
export function priceOf(
  entry: ModelEntry,
  prices: PriceTable,
  reported?: string,
): Price | undefined {
  if (entry.price !== undefined) return toPrice(entry.price);
  return findPrice(prices, reported === undefined ? [entry.model] : [entry.model, reported]);
}

/** Sums up one call: cost from the header, else the provider's count by price, else our own count by price, else unknown. */
export function usageOfCall(facts: CallFacts): Usage {
  const tokens =
    facts.reported === undefined ? countedTokens(facts) : reportedTokens(facts.reported);
  const base = { ...tokens, model: facts.model, ...(facts.isPartial ? { partial: true } : {}) };
  const billed = parseUsd(facts.headers?.get(costHeader) ?? '');
  if (billed !== undefined) return { ...base, costMicroUsd: billed, costSource: 'header' };
  const price = priceOf(facts.entry, facts.prices, facts.model);
  if (price === undefined) return { ...base, costMicroUsd: null, costSource: 'unknown' };
  const costSource = facts.reported === undefined ? 'counted' : 'usage';
  return { ...base, costMicroUsd: costMicroUsd(price, tokens), costSource };
}

/** Estimates the tokens of a text (tokenx: about 5 % too many on English and code). */
function countTokens(text: string): number {
  return text === '' ? 0 : estimateTokenCount(text);
}

function countedTokens({ sent, received }: CallFacts): BilledTokens {
  return { tokensIn: countTokens(sent), tokensOut: countTokens(received.trim()) };
}

function reportedTokens(usage: OpenAI.CompletionUsage): BilledTokens {
  const cached = usage.prompt_tokens_details?.cached_tokens;
  return {
    tokensIn: wholeNumber(usage.prompt_tokens),
    tokensOut: wholeNumber(usage.completion_tokens),
    ...(typeof cached === 'number' && cached > 0 ? { cachedTokens: wholeNumber(cached) } : {}),
  };
}

// The numbers come from outside: nothing negative, fractional or absent may reach a sum.
function wholeNumber(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.round(value) : 0;
}
