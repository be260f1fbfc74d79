import { describe, expect, it } from '@jest/globals';

import {
  bundleDelay,
  isBaseWorthIt,
  nextPartKind,
} from '../../../../domain/workspace/bundle-timing.ts';

describe('bundleDelay', () => {
  const fresh = { sinceMs: 100_000, failed: 0, attemptedMs: 0 };

  it.each([
    ['waits for quiet', fresh, 100_500, 2_000],
    ['waits no more when the oldest change is old', fresh, 130_000, 0],
    [
      'waits longer behind a failure',
      { ...fresh, failed: 2, attemptedMs: 129_000 },
      130_000,
      7_000,
    ],
    [
      'counts that wait from the attempt on',
      { ...fresh, failed: 2, attemptedMs: 100_000 },
      130_000,
      0,
    ],
    [
      'never waits more than a minute',
      { ...fresh, failed: 30, attemptedMs: 130_000 },
      130_000,
      60_000,
    ],
  ])('%s', (_, unbundled, nowMs, delay) => {
    expect(bundleDelay(unbundled, nowMs)).toBe(delay);
  });
});

describe('nextPartKind', () => {
  it.each([
    [{ parts: 0, hasBase: false, hasLast: false }, 'base'],
    [{ parts: 3, hasBase: false, hasLast: true }, 'base'],
    [{ parts: 3, hasBase: true, hasLast: true }, 'since-last'],
    [{ parts: 3, hasBase: true, hasLast: false }, 'since-base'],
    [{ parts: 16, hasBase: true, hasLast: true }, 'since-base'],
  ] as const)('of %j is %s', (bundle, kind) => {
    expect(nextPartKind(bundle)).toBe(kind);
  });
});

describe('isBaseWorthIt', () => {
  it('says so when more than half differs', () => {
    expect([isBaseWorthIt(50, 100), isBaseWorthIt(51, 100)]).toEqual([false, true]);
  });
});
