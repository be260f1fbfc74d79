import { describe, expect, it } from '@jest/globals';

import { SeenWords } from '../../../../clients/temporal/runs/watch-run.ts';

const row = (attempt: number, seq: number, text: string) => ({
  turn_id: 'run/default/k/main/t1',
  attempt,
  seq,
  tenant: 'default',
  run_id: 'run/default/k',
  text,
});

const textsOf = (words: SeenWords, rows: readonly ReturnType<typeof row>[]): readonly unknown[] =>
  [...words.fresh(rows)].map((item) => ('text' in item ? item.text : item));

describe('the words of a model', () => {
  it('are given out once, however often they are read', () => {
    const words = new SeenWords();
    const rows = [row(4, 1, 'one '), row(4, 2, 'two')];

    const given = [textsOf(words, rows), textsOf(words, [...rows, row(4, 3, ' three')])];

    expect(given).toEqual([['one ', 'two'], [' three']]);
  });

  it('go on with the attempt that asks again, though those of the dead one stay in the table', () => {
    const words = new SeenWords();
    const dead = [row(4, 1, 'one '), row(4, 2, 'two')];
    textsOf(words, dead);

    const given = [
      textsOf(words, [...dead, row(8, 1, 'one ')]),
      textsOf(words, [...dead, row(8, 1, 'one '), row(8, 2, 'two ')]),
    ];

    expect(given).toEqual([['one '], ['two ']]);
  });
});
