import type { DatedPrice } from './price.ts';

/** Day of the list prices below, taken from the npm package llm-zoo 1.37.0; cached input from the providers' price pages. */
const date = '2026-09-23';

// [model, input, output, cached input] in US dollars per million tokens. Only models with one price for every length.
const listPrices: readonly (readonly [string, number, number, number?])[] = [
  ['gpt-4.1', 2, 8, 0.5],
  ['gpt-4.1-mini', 0.4, 1.6, 0.1],
  ['gpt-4.1-nano', 0.1, 0.4, 0.025],
  ['gpt-4o', 2.5, 10, 1.25],
  ['gpt-4o-mini', 0.15, 0.6, 0.075],
  ['gpt-5', 1.25, 10, 0.125],
  ['gpt-5-mini', 0.25, 2, 0.025],
  ['gpt-5-nano', 0.05, 0.4, 0.005],
  ['o3', 2, 8, 0.5],
  ['o4-mini', 1.1, 4.4, 0.275],
  ['claude-opus-4-5', 5, 25],
  ['claude-sonnet-4-5', 3, 15],
  ['claude-haiku-4-5', 1, 5],
  ['gemini-2.5-flash', 0.3, 2.5],
];

/** Built-in price table: list prices that change often, so the user's own file goes over it. */
export const priceSeed: readonly DatedPrice[] = listPrices.map(
  ([model, input, output, cached]) => ({
    model,
    inputMicroUsd: Math.round(input * 1_000_000),
    outputMicroUsd: Math.round(output * 1_000_000),
    ...(cached === undefined ? {} : { cachedMicroUsd: Math.round(cached * 1_000_000) }),
    date,
  }),
);
