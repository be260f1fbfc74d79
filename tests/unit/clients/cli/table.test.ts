import { describe, expect, it } from '@jest/globals';

import { formatDuration } from '../../../../clients/cli/output/duration.ts';
import { renderKeyValues, renderTable } from '../../../../clients/cli/output/table.ts';
import {
  fitText,
  safeText,
  singleLine,
  textWidth,
} from '../../../../clients/cli/output/text-width.ts';

const red = (text: string): string => `\u001B[31m${text}\u001B[39m`;

describe('renderTable', () => {
  const columns = [
    { title: 'id' },
    { title: 'text', shrinksTo: 5 },
    { title: 'n', align: 'right' },
  ] as const;

  it('aligns columns', () => {
    expect(
      renderTable(
        {
          columns,
          rows: [
            ['a', 'one', '1'],
            ['bcd', 'two', '22'],
          ],
        },
        80,
      ),
    ).toBe('ID   TEXT   N\na    one    1\nbcd  two   22\n');
  });

  it('cuts the columns that may shrink to the width of the terminal', () => {
    const text = renderTable({ columns, rows: [['a', 'a long text that does not fit', '1']] }, 20);

    expect(text.split('\n').every((line) => textWidth(line) <= 20)).toBe(true);
    expect(text).toContain('…');
  });

  it('keeps a column below its greatest width, also where there is room for all', () => {
    const bounded = [{ title: 'id' }, { title: 'text', atMost: 10 }];

    const text = renderTable({ columns: bounded, rows: [['a', 'x'.repeat(300)]] }, 1e6);

    expect(text).toBe(`ID  TEXT\na   ${'x'.repeat(9)}…\n`);
  });

  it('leaves out columns, in their order, where shrinking is not enough', () => {
    const table = {
      columns: [
        { title: 'id' },
        { title: 'project', shrinksTo: 6, leaves: 2 },
        { title: 'cost', leaves: 1 },
        { title: 'title', shrinksTo: 5 },
      ],
      rows: [['k1', 'holdfast', '$1.00', 'mend it']],
    } as const;

    expect(renderTable(table, 19)).toBe('ID  PROJE…  TITLE\nk1  holdf…  mend it\n');
    expect(renderTable(table, 12)).toBe('ID  TITLE\nk1  mend it\n');
  });

  it('cuts the beginning where the end tells more', () => {
    const table = {
      columns: [{ title: 'effect', shrinksTo: 8, cuts: 'start' }, { title: 'n' }],
      rows: [['01k9abc/main/t3/c0', '1']],
    } as const;

    expect(renderTable(table, 12)).toBe('EFFECT     N\n…in/t3/c0  1\n');
  });

  it('takes more lines in a column that cuts nothing', () => {
    const table = {
      columns: [{ title: 'name' }, { title: 'detail', shrinksTo: 8, cuts: 'nothing' }],
      rows: [
        ['disk', 'one two three'],
        ['path', '/a/very/long/path'],
      ],
    } as const;

    expect(renderTable(table, 14)).toBe(
      'NAME  DETAIL\ndisk  one two\n      three\npath  /a/very/\n      long/pat\n      h\n',
    );
  });

  it('draws only titles without rows', () => {
    expect(renderTable({ columns, rows: [] }, 80)).toBe('ID  TEXT  N\n');
  });

  it('styles a cell without counting the style as width', () => {
    expect(renderTable({ columns, rows: [[{ text: 'a', style: red }, 'b', 'c']] }, 80)).toBe(
      'ID  TEXT  N\n\u001B[31ma \u001B[39m  b     c\n',
    );
  });
});

describe('renderKeyValues', () => {
  it('aligns values behind their keys', () => {
    expect(
      renderKeyValues(
        [
          ['a', '1'],
          ['long', '2'],
        ],
        80,
      ),
    ).toBe('a:     1\nlong:  2\n');
  });

  it('goes on in the next line, and keeps an address whole', () => {
    const link = 'http://127.0.0.1/a/long/link';

    expect(
      renderKeyValues(
        [
          ['why', 'one two three four'],
          ['at', link],
        ],
        16,
      ),
    ).toBe(`why:  one two\n      three four\nat:   ${link}\n`);
  });
});

describe('singleLine', () => {
  it.each([
    ['two\nlines\tand tab', 'two lines and tab'],
    ['\u001B[2J\u001B[31mred\u001B[0m', 'red'],
    ['bell\u0007', 'bell\uFFFD'],
    ['\u202Eabc', '\uFFFDabc'],
  ])('makes %j harmless', (text, safe) => {
    expect(singleLine(text)).toBe(safe);
  });
});

describe('safeText', () => {
  it('keeps lines and tabs, and nothing else that moves the cursor', () => {
    expect(safeText('a\n\tb\r\u0008c\u001B]0;title\u0007')).toBe('a\n\tb\uFFFD\uFFFDc');
  });
});

describe('fitText', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['漢字漢字', 5, '漢字…'],
    ['abc', 0, ''],
  ])('fits %s into %i columns', (text, width, fitted) => {
    expect(fitText(text, width)).toBe(fitted);
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [42, '42s'],
    [185, '3m 5s'],
    [7_800, '2h 10m'],
    [86_400, '1d'],
  ])('writes %i seconds as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});
