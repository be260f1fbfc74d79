import { describe, expect, it } from '@jest/globals';

import { parseHostMetrics, readHostMetrics } from '../../../../domain/hosts/host-metrics-schema.ts';
import { hostMetrics } from '../../../support/host-metrics.ts';

describe('parseHostMetrics', () => {
  it('takes the ten metrics', () => {
    expect(parseHostMetrics(hostMetrics())).toEqual(hostMetrics());
  });

  it.each([
    ['a negative load', { cpuLoad1: -1 }, 'cpuLoad1'],
    ['a memory in use of 200 %', { memoryPercent: 200 }, 'memoryPercent'],
    ['no core at all', { cpuCoresPhysical: 0, cpuCoresAvailable: 0 }, 'cpuCoresPhysical'],
    ['more free cores than there are', { cpuCoresAvailable: 9 }, 'cpuCoresAvailable'],
    ['more free graphics memory than there is', { gpuVramAvailableGb: 1 }, 'gpuVramAvailableGb'],
    ['a kind of graphics processor that is not known', { gpuType: 'voodoo' }, 'gpuType'],
    ['what is no number', { cpuLoad5: Number.NaN }, 'cpuLoad5'],
    ['a metric that is missing', { cpuLoad15: undefined }, 'cpuLoad15'],
    ['a metric that is not known', { temperature: 60 }, 'temperature'],
  ])('refuses %s, naming it', (_, change, field) => {
    const metrics = { ...hostMetrics(), ...change };

    expect(() => parseHostMetrics(metrics)).toThrow(
      expect.objectContaining({
        code: 'invalid_argument',
        fieldErrors: expect.arrayContaining([expect.objectContaining({ field })]),
      }),
    );
    expect(readHostMetrics(metrics)).toBeUndefined();
  });
});
