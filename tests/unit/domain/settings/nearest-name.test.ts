import { describe, expect, it } from '@jest/globals';
import { assert, property, string } from 'fast-check';

import { editDistance, nearestName } from '../../../../domain/settings/nearest-name.ts';

describe('nearestName', () => {
  it.each([
    ['maxParalel', ['policy', 'maxParallel'], 'maxParallel'],
    ['setpu', ['setup', 'status'], 'setup'],
    ['--jsn', ['--json', '--quiet'], '--json'],
    ['STATUS', ['status'], 'status'],
    ['zebra', ['setup', 'status'], undefined],
    ['x', [], undefined],
  ])('finds for %s among %j: %s', (typed, known, expected) => {
    expect(nearestName(typed, known)).toBe(expected);
  });
});

describe('editDistance', () => {
  it('is 0 for equal texts, symmetric, and at most the longer length', () => {
    assert(
      property(string(), string(), (left, right) => {
        expect(editDistance(left, left)).toBe(0);
        expect(editDistance(left, right)).toBe(editDistance(right, left));
        expect(editDistance(left, right)).toBeLessThanOrEqual(Math.max(left.length, right.length));
      }),
    );
  });
});
