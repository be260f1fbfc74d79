import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { OutputCapture } from '../../../../activities/sandbox/process/captured-output.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('OutputCapture', () => {
  it('keeps streams apart and, combined, in the order of arrival', () => {
    const capture = new OutputCapture(100);

    capture.add(bytes('a'), 'stdout');
    capture.add(bytes('b'), 'stderr');
    capture.add(bytes('c'), 'stdout');

    expect(capture.finish()).toEqual({
      stdout: 'ac',
      stderr: 'b',
      combined: 'abc',
      stdoutBytes: 2,
      stderrBytes: 1,
      isTruncated: false,
      hasReplacements: false,
    });
  });

  it('drops what comes after the limit and still counts it', () => {
    const capture = new OutputCapture(3);

    capture.add(bytes('ab'), 'stdout');
    capture.add(bytes('cd'), 'stderr');
    capture.add(bytes('ef'), 'stdout');

    expect(capture.finish()).toMatchObject({
      combined: 'abc',
      stdoutBytes: 4,
      stderrBytes: 2,
      isTruncated: true,
    });
  });

  it('puts characters together that arrive in pieces', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 5 }), (text, size) => {
        const capture = new OutputCapture(10_000);
        const all = bytes(text);
        for (let at = 0; at < all.length; at += size) {
          capture.add(all.subarray(at, at + size), 'stdout');
        }

        expect(capture.finish()).toMatchObject({ stdout: text, hasReplacements: false });
      }),
    );
  });

  it('keeps a byte order mark', () => {
    const capture = new OutputCapture(10);

    capture.add(bytes('\uFEFFa'), 'stdout');

    expect(capture.finish().stdout).toBe('\uFEFFa');
  });

  it('marks bytes that are no text', () => {
    const capture = new OutputCapture(10);

    capture.add(Uint8Array.of(0x61, 0xff, 0x62), 'stderr');

    expect(capture.finish()).toMatchObject({ stderr: 'a\uFFFDb', hasReplacements: true });
  });

  it('marks a character that was never finished, but drops one cut by the limit', () => {
    const unfinished = new OutputCapture(10);
    const cut = new OutputCapture(1);

    unfinished.add(Uint8Array.of(0xc3), 'stdout');
    cut.add(bytes('ä'), 'stdout');

    expect(unfinished.finish()).toMatchObject({ stdout: '\uFFFD', hasReplacements: true });
    expect(cut.finish()).toMatchObject({ stdout: '', hasReplacements: false, isTruncated: true });
  });
});
