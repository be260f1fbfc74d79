import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, property } from 'fast-check';
import picomatch from 'picomatch';
import { compileGlob, matchesGlob } from '../../../../../domain/policy/patterns/glob.ts';
import { cpuMs } from '../../../../support/cpu-ms.ts';

describe('matchesGlob', () => {
  it('agrees with picomatch on paths', () => {
    const name = constantFrom('a', 'b', '.a', 'ab', '.env', 'x.ts', 'credentials.json', 'a.b');
    const path = array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const part = constantFrom(
      '*',
      '**',
      'a',
      'b',
      '?',
      '.a',
      'a*',
      '*.ts',
      '.*',
      '[ab]',
      '[^a]',
      '{a,b}',
      '*.{ts,json}',
      '.env',
      '?b',
      '*a*',
      'a**',
      'credentials.*',
      '[a-c]*',
    );
    const pattern = array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

    assert(
      property(pattern, path, (glob, text) => {
        const expected = picomatch.isMatch(text, glob, { dot: true, nonegate: true });
        expect(matchesGlob(glob, text)).toBe(expected);
      }),
      { numRuns: 5_000, seed: 20_261_121 },
    );
  });

  it.each([
    ['[!a]', 'b', true],
    ['[!a]', 'a', false],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['{a,b{c,d}}', 'bd', true],
    ['{a}', '{a}', true],
    ['a/**', 'a', true],
    ['**/.env', '.env', true],
    ['**/.env', 'a/b/.env', true],
    ['*', 'a/b', false],
  ])('takes %s on %s for %p', (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });

  it('lets a star cross slashes in texts', () => {
    expect(matchesGlob('a*', 'a/b', 'text')).toBe(true);
  });

  it.each([
    ['*a'.repeat(40), 'a'.repeat(5_000)],
    ['**/'.repeat(60) + 'x', 'a/'.repeat(1_000)],
    ['*'.repeat(200) + 'b', 'a'.repeat(5_000)],
    ['[a-z]*'.repeat(60) + '!', 'a'.repeat(2_000)],
  ])('takes linear time: %s', (pattern, text) => {
    const started = cpuMs();

    matchesGlob(pattern, `${text}c`);

    expect(cpuMs() - started).toBeLessThan(1_000);
  });

  it.each(['a'.repeat(600), '{a,b}'.repeat(7)])(
    'refuses a pattern that is too large: %s',
    (pattern) => {
      expect(compileGlob(pattern)).toBeUndefined();
    },
  );
});
