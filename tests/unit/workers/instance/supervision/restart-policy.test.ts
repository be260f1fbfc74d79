import { describe, expect, it } from '@jest/globals';

import { decideRestart } from '../../../../../workers/instance/supervision/restart-policy.ts';

describe('decideRestart', () => {
  it('restarts at once what worked for a while', () => {
    expect(decideRestart(60_000, 4)).toEqual({ type: 'restart', delayMs: 0, instantDeaths: 0 });
  });

  it('waits longer after each instant death and gives up after the sixth', () => {
    const decisions = [0, 1, 2, 3, 4, 5].map((before) => decideRestart(50, before));

    expect(decisions).toEqual([
      { type: 'restart', delayMs: 0, instantDeaths: 1 },
      { type: 'restart', delayMs: 200, instantDeaths: 2 },
      { type: 'restart', delayMs: 500, instantDeaths: 3 },
      { type: 'restart', delayMs: 1_000, instantDeaths: 4 },
      { type: 'restart', delayMs: 2_000, instantDeaths: 5 },
      { type: 'give-up', instantDeaths: 6 },
    ]);
  });
});
