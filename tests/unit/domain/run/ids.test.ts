import { describe, expect, it } from '@jest/globals';

import { bestFits } from '../../../../domain/run/ids.ts';

const ids = [
  'run/default/k1/main/t3/c1',
  'run/default/k1/main/t3/c10',
  'run/default/k1/main/t13/c1',
  'run/default/k12/main/t4/c2',
];
const [first, tenth, thirteenth, other] = ids;

describe('bestFits', () => {
  it.each([
    ['a whole id', 'run/default/k1/main/t3/c1', [first]],
    [
      'a whole id without its beginning, though another one begins with it',
      'k1/main/t3/c1',
      [first],
    ],
    ['its last segments', 't3/c1', [first]],
    ['its last segment', 'c10', [tenth]],
    ['a last segment of several', 'c1', [first, thirteenth]],
    ['its first segments, though another one begins with them', 'k12', [other]],
    ['an end within a segment', '10', [tenth]],
    ['a beginning within a segment', 'k1/main/t1', [thirteenth]],
    ['nothing of it', 'c3', []],
  ])('finds an id by %s', (_, typed, found) => {
    expect(bestFits(typed, ids)).toEqual(found);
  });

  it('gives all that fit equally well', () => {
    expect(bestFits('k1/main/t3', ids)).toEqual([first, tenth]);
    expect(bestFits('k', ids)).toEqual(ids);
  });
});
