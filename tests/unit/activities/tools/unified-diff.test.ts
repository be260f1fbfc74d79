import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, property } from 'fast-check';

import { unifiedDiff } from '../../../../activities/tools/files/unified-diff.ts';

/** Applies a diff without looking at more than it must: enough to show that a diff says everything. */
function apply(before: string, diff: string): string {
  const old = before === '' ? [] : before.replace(/\n$/, '').split('\n');
  const output: string[] = [];
  let next = 0;
  for (const line of diff.split('\n').slice(2)) {
    const hunk = /^@@ -(\d+),(\d+) /.exec(line);
    const start = hunk === null ? 0 : Number(hunk[1]) - (hunk[2] === '0' ? 0 : 1);
    if (start > next) output.push(...old.slice(next, start));
    next = Math.max(next, start);
    if (line.startsWith('+')) output.push(line.slice(1));
    if (/^[ -]/.test(line) && old[next++] !== line.slice(1))
      output.push('a line that does not fit');
    if (line.startsWith(' ')) output.push(line.slice(1));
  }
  output.push(...old.slice(next));
  return output.map((line) => `${line}\n`).join('');
}

const text = array(constantFrom('a', 'b', 'c', '', 'd d'), { maxLength: 30 }).map((lines) =>
  lines.map((line) => `${line}\n`).join(''),
);

describe('unifiedDiff', () => {
  it('says everything that changed', () => {
    assert(
      property(text, text, (before, after) => {
        expect(apply(before, unifiedDiff('a', before, after))).toBe(after);
      }),
    );
  });

  it('is empty for equal texts', () => {
    expect(unifiedDiff('a', 'x\n', 'x\n')).toBe('');
  });

  it('marks a missing line end as git does', () => {
    expect(unifiedDiff('a', 'x\n', 'x')).toBe(
      '--- a/a\n+++ b/a\n@@ -1,1 +1,1 @@\n-x\n+x\n\\ No newline at end of file',
    );
  });

  it('parts changes that are far from each other', () => {
    const before = Array.from({ length: 30 }, (_, index) => `${index}\n`).join('');
    const after = before.replace('2\n', 'two\n').replace('27\n', 'late\n');

    expect(unifiedDiff('a', before, after).match(/^@@/gm)).toHaveLength(2);
  });

  it('stays quick for large files that have nothing in common', () => {
    const before = Array.from({ length: 20_000 }, (_, index) => `a${index}\n`).join('');
    const after = Array.from({ length: 20_000 }, (_, index) => `b${index}\n`).join('');

    expect(unifiedDiff('a', before, after).split('\n')).toHaveLength(40_003);
  });
});
