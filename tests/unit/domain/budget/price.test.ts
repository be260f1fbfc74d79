import { describe, expect, it } from '@jest/globals';
import { assert, integer, property } from 'fast-check';

import { parseUsd } from '../../../../domain/budget/money.ts';
import { priceFileSchema, toDatedPrices } from '../../../../domain/budget/price-schema.ts';
import { priceSeed } from '../../../../domain/budget/price-seed.ts';
import {
  costMicroUsd,
  findPrice,
  priceTable,
  reservationMicroUsd,
} from '../../../../domain/budget/price.ts';

const price = { inputMicroUsd: 2_500_000, outputMicroUsd: 10_000_000, cachedMicroUsd: 1_250_000 };

describe('costMicroUsd', () => {
  it('adds input, cached input and output', () => {
    const tokens = { tokensIn: 1_000, cachedTokens: 400, tokensOut: 100 };

    expect(costMicroUsd(price, tokens)).toBe(600 * 2.5 + 400 * 1.25 + 100 * 10);
  });

  it('bills cached input as input when the table has no price for it', () => {
    const { cachedMicroUsd: _, ...plain } = price;

    expect(costMicroUsd(plain, { tokensIn: 10, cachedTokens: 10, tokensOut: 0 })).toBe(25);
  });

  it('never makes a used token free', () => {
    const cheap = { inputMicroUsd: 1, outputMicroUsd: 1 };

    expect(costMicroUsd(cheap, { tokensIn: 1, tokensOut: 0 })).toBe(1);
    expect(
      costMicroUsd({ inputMicroUsd: 0, outputMicroUsd: 0 }, { tokensIn: 9, tokensOut: 9 }),
    ).toBe(0);
  });

  it('is an integer and grows with the tokens', () => {
    const count = integer({ min: 0, max: 2_000_000 });
    assert(
      property(count, count, count, (tokensIn, cachedTokens, tokensOut) => {
        const cost = costMicroUsd(price, { tokensIn, cachedTokens, tokensOut });
        const more = costMicroUsd(price, { tokensIn, cachedTokens, tokensOut: tokensOut + 1 });
        expect(Number.isSafeInteger(cost)).toBe(true);
        expect(more).toBeGreaterThan(cost);
      }),
    );
  });
});

describe('priceTable', () => {
  it('lays the file of the user over the built-in prices', () => {
    const file = priceFileSchema.parse({
      prices: [
        { model: 'gpt-4o', input: 2, output: 8, date: '2026-11-01' },
        { model: 'qwen3:8b', input: 0, output: 0, date: '2026-11-01' },
      ],
    });
    const table = priceTable(priceSeed, toDatedPrices(file));

    expect(findPrice(table, ['gpt-4o'])).toEqual({
      model: 'gpt-4o',
      inputMicroUsd: 2_000_000,
      outputMicroUsd: 8_000_000,
      date: '2026-11-01',
    });
    expect(findPrice(table, ['qwen3:8b'])?.inputMicroUsd).toBe(0);
    expect(findPrice(table, ['gpt-4.1'])?.date).toBe('2026-09-23');
  });

  it('knows no price for a model that merely sounds alike', () => {
    expect(findPrice(priceTable(priceSeed), ['gpt-4o-audio', 'openai/gpt-4o'])).toBeUndefined();
  });

  it('has dated, positive, distinct seed prices', () => {
    expect(new Set(priceSeed.map(({ model }) => model)).size).toBe(priceSeed.length);
    for (const line of priceSeed) {
      expect(line.date).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect(Number.isInteger(line.inputMicroUsd) && line.inputMicroUsd > 0).toBe(true);
      expect(line.outputMicroUsd).toBeGreaterThan(line.inputMicroUsd);
    }
  });

  it.each([
    ['a negative price', { input: -1, output: 1 }],
    ['no date', { input: 1, output: 1, date: undefined }],
    ['a date that is none', { input: 1, output: 1, date: 'yesterday' }],
  ])('refuses a line with %s', (_, line) => {
    const file = { prices: [{ model: 'm', date: '2026-11-01', ...line }] };

    expect(priceFileSchema.safeParse(file).success).toBe(false);
  });
});

describe('reservationMicroUsd', () => {
  it('is unknown without a price, and the full answer with one', () => {
    expect(reservationMicroUsd(undefined, { tokensIn: 1, maxTokens: 1 })).toBeNull();
    expect(reservationMicroUsd(price, { tokensIn: 100, maxTokens: 10 })).toBe(350);
  });
});

describe('parseUsd', () => {
  it.each([
    ['0.000123', 123],
    ['1.2e-05', 12],
    ['0', 0],
    ['12', 12_000_000],
    ['None', undefined],
    ['', undefined],
    ['-1', undefined],
    ['1e400', undefined],
  ])('reads %j as %s micro-dollars', (text, expected) => {
    expect(parseUsd(text)).toBe(expected);
  });
});
