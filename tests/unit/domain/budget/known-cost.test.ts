import { describe, expect, it } from '@jest/globals';

import { knownCost } from '../../../../domain/budget/known-cost.ts';

describe('knownCost', () => {
  it.each([
    ['no call', 0, 0, 0],
    ['known prices', 500, 0, 500],
    ['a part of the prices', 500, 2, 500],
    ['no price', 0, 8, null],
  ])('of %s', (_, known, unknownCalls, cost) => {
    expect(knownCost(known, unknownCalls)).toBe(cost);
  });
});
