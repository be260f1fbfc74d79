import { describe, expect, it } from '@jest/globals';

import { allocateUid, sandboxUidRange } from '../../../../activities/sandbox/allocate-uid.ts';
import {
  defaultSandboxLimits,
  layerSandboxLimits,
} from '../../../../activities/sandbox/sandbox-limits.ts';

describe('layerSandboxLimits', () => {
  it('is the default without layers', () => {
    expect(layerSandboxLimits([])).toEqual(defaultSandboxLimits);
  });

  it('takes the last layer that says something, and cuts it to the ceiling', () => {
    const limits = layerSandboxLimits(
      [{ wallMs: 1_000, processes: 10 }, { wallMs: 9_000 }, { cpus: 8 }],
      { wallMs: 5_000, cpus: 4 },
    );

    expect(limits).toEqual({ ...defaultSandboxLimits, wallMs: 5_000, processes: 10, cpus: 4 });
  });
});

describe('allocateUid', () => {
  it('gives a run the same user every time, and other runs others', () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => allocateUid(`run/default/${index}`));

    expect(allocateUid('run/default/7')).toBe(ids[7]);
    expect(new Set(ids).size).toBe(1_000);
  });

  it('stays in its range', () => {
    const range = { first: 5_000, count: 3 };

    const ids = Array.from({ length: 100 }, (_, index) => allocateUid(`${index}`, range));

    expect(new Set(ids)).toEqual(new Set([5_000, 5_001, 5_002]));
    expect(sandboxUidRange.first + sandboxUidRange.count).toBeLessThan(2 ** 31);
  });
});
