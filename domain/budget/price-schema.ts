import { z } from 'zod';

import { priceSchema } from '../models/model-entry-schema.ts';
import { microUsdPerUsd } from './money.ts';
import type { DatedPrice, Price } from './price.ts';

/** The user's price file: `prices: [{model, input, output, cached?, date}]`, US dollars per million tokens. */
export const priceFileSchema = z.strictObject({
  prices: z.array(
    z.strictObject({
      model: z.string().min(1).max(256),
      ...priceSchema.shape,
      date: z.iso.date(),
    }),
  ),
});

export type PriceFile = z.infer<typeof priceFileSchema>;

/** Converts dollars per million tokens, as people write them, to the integers that we calculate with. */
export function toPrice({ input, output, cached }: z.infer<typeof priceSchema>): Price {
  return {
    inputMicroUsd: Math.round(input * microUsdPerUsd),
    outputMicroUsd: Math.round(output * microUsdPerUsd),
    ...(cached === undefined ? {} : { cachedMicroUsd: Math.round(cached * microUsdPerUsd) }),
  };
}

/** Converts a price file to lines of the table, in the file's order. */
export function toDatedPrices({ prices }: PriceFile): readonly DatedPrice[] {
  return prices.map((line) => ({ ...toPrice(line), model: line.model, date: line.date }));
}
