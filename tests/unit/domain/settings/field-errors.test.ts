import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { fieldErrorsOf, inWords } from '../../../../domain/settings/field-errors.ts';

const schema = z.strictObject({
  command: z.string(),
  place: z.strictObject({ line: z.int() }).optional(),
  even: z
    .int()
    .refine((value) => value % 2 === 0, 'write an even number')
    .optional(),
});
const told = (value: unknown): string => {
  const { error } = schema.safeParse(value);
  return error === undefined ? '' : inWords(fieldErrorsOf(error, value));
};

describe('field errors', () => {
  it.each([
    [{ cmd: 'x' }, 'command is missing: it must be a text; cmd is not known here'],
    [{ command: 'x', place: { line: 1, row: 2 } }, 'place.row is not known here'],
    [{ command: 7, even: 3 }, 'command must be a text; even: write an even number'],
    ['x', '(all) must be a block of fields'],
  ])('says of %j in plain words what does not fit', (value, words) => {
    expect(told(value)).toBe(words);
  });

  it('tells eight at once', () => {
    const value = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index}`, 1]));

    expect(told(value).split('; ')).toHaveLength(8);
  });
});
