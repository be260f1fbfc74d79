import { describe, expect, it } from '@jest/globals';

import { within } from '../../../../domain/run/limits.ts';

const limits = (maxTurns: number, timeoutSeconds: number, maxCostMicroUsd: number | null) => ({
  maxTurns,
  timeoutSeconds,
  maxCostMicroUsd,
  stallDetection: true,
  stallThreshold: 5,
});

describe('the limits of a run', () => {
  it('are its own where no wider policy says anything', () => {
    const own = limits(500, 7_200, 9_000_000);

    expect(within(own, [])).toEqual(own);
  });

  it('stay below those of every wider policy', () => {
    const own = limits(500, 600, null);

    const kept = within(own, [limits(50, 3_600, 5_000_000), limits(80, 60, null)]);

    expect(kept).toEqual(limits(50, 60, 5_000_000));
  });
});
