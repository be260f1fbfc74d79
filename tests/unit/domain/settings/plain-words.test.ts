import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { plainWords } from '../../../../domain/settings/plain-words.ts';

const schema = z.strictObject({
  count: z.int().min(1).max(5),
  share: z.number().positive(),
  name: z.string().min(1).max(3),
  color: z.enum(['red', 'green']),
  version: z.literal(1),
  tags: z.array(z.string()).min(1).max(2),
  code: z.string().regex(/^a+$/),
  flag: z.boolean(),
  link: z.url(),
  way: z.discriminatedUnion('type', [z.object({ type: z.literal('go') })]),
  key: z.union([
    z.string().regex(/^k/, 'write k and a number'),
    z.strictObject({ env: z.string() }),
  ]),
  odd: z.number().refine((value) => value % 2 === 1, 'must be odd'),
});

const good = {
  count: 1,
  share: 1,
  name: 'a',
  color: 'red',
  version: 1,
  tags: ['x'],
  code: 'a',
  flag: true,
  link: 'http://a',
  way: { type: 'go' },
  key: 'k1',
  odd: 1,
};

function wordsOn(change: object): readonly string[] {
  const value = { ...good, ...change };
  const { error } = schema.safeParse(value);
  return (error?.issues ?? []).map((issue) => plainWords(issue, value));
}

describe('plainWords', () => {
  it.each([
    [{ count: 0.5 }, 'must be a whole number'],
    [{ count: 'many' }, 'must be a number'],
    [{ count: 0 }, 'must be at least 1'],
    [{ count: 6 }, 'must be at most 5'],
    [{ share: 0 }, 'must be more than 0'],
    [{ name: 7 }, 'must be a text'],
    [{ name: '' }, 'must not be empty'],
    [{ name: 'long' }, 'must have at most 3 characters'],
    [{ name: undefined }, 'is missing: it must be a text'],
    [{ color: 'blue' }, 'must be one of red, green'],
    [{ color: undefined }, 'is missing: it must be one of red, green'],
    [{ version: 2 }, 'must be 1'],
    [{ tags: [] }, 'must not be empty'],
    [{ tags: ['a', 'b', 'c'] }, 'must have at most 2 entries'],
    [{ tags: 'a' }, 'must be a list'],
    [{ code: 'b' }, 'must look like /^a+$/'],
    [{ flag: 'yes' }, 'must be true or false'],
    [{ link: 'x' }, 'must be an address such as https://host/path'],
    [{ way: { type: 'stay' } }, 'must be go'],
    [{ way: 3 }, 'must be a block of fields'],
    [{ key: 3 }, 'must be a text, or must be a block of fields'],
    [{ key: 'x' }, 'write k and a number'],
    [{ odd: 2 }, 'must be odd'],
    [{ more: 1 }, 'must hold no other fields'],
  ])('says of %j: %s', (change, words) => {
    expect(wordsOn(change)).toEqual([words]);
  });
});
