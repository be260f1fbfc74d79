import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { clampOutput } from '../../../../activities/sandbox/process/clamp-output.ts';

describe('clampOutput', () => {
  it('leaves short text alone', () => {
    expect(clampOutput('abc', 3)).toBe('abc');
  });

  it('cuts long text and says where', () => {
    expect(clampOutput('äbcd', 2)).toBe('äb\n[TRUNCATED at 3 bytes]');
  });

  it('marks text that lost its end before', () => {
    expect(clampOutput('abc', 3, 'truncated')).toBe('abc\n[TRUNCATED at 3 bytes]');
  });

  it('never cuts a character in two', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, max) => {
        const clamped = clampOutput(text, max);

        expect(clamped).not.toMatch(/\p{Surrogate}/u);
        expect(text.startsWith(clamped.split('\n[TRUNCATED')[0] ?? '')).toBe(true);
      }),
    );
  });
});
