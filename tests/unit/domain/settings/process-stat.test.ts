import { describe, expect, it } from '@jest/globals';

import { parseStartTicks } from '../../../../domain/settings/process-stat.ts';

const tail = '1 22 22 0 -1 4194304 100 0 0 0 1 2 0 0 20 0 7 0 987654 1000 200';

describe('parseStartTicks', () => {
  it.each([
    [`22 (node) S ${tail}`, '987654'],
    [`22 (a) b) (c) R ${tail}`, '987654'],
    [`22 (node) Z ${tail}`, undefined],
    ['22 (node) S 1 2', undefined],
    ['', undefined],
  ])('reads %s as %s', (stat, ticks) => {
    expect(parseStartTicks(stat)).toBe(ticks);
  });
});
