import { describe, expect, it } from '@jest/globals';

import {
  availableCores,
  freeCapacity,
  freeShares,
  roomFor,
  statusOfHost,
  whyNoRoom,
  type HostReading,
} from '../../../../domain/hosts/capacity.ts';
import { nextReportMs } from '../../../../domain/hosts/report-timing.ts';
import { hostMetrics } from '../../../support/host-metrics.ts';

function host(overrides: Partial<HostReading> = {}): HostReading {
  return { hostId: 'a', metrics: hostMetrics(), ageMs: 0, threshold: 0.2, ...overrides };
}

const full = hostMetrics({ memoryPercent: 81 });

describe('statusOfHost', () => {
  it.each([
    ['online at 89 s without a report', host({ ageMs: 89_000 }), 1, 'online'],
    ['offline at 90 s without a report', host({ ageMs: 90_000 }), 1, 'offline'],
    ['offline at 91 s without a report', host({ ageMs: 91_000 }), 1, 'offline'],
    ['idle without a run', host(), 0, 'idle'],
    ['busy with 19 % of its memory free', host({ metrics: full }), 0, 'busy'],
    [
      'idle with exactly the threshold',
      host({ metrics: hostMetrics({ memoryPercent: 80 }) }),
      0,
      'idle',
    ],
    ['busy when its metrics cannot be read', host({ metrics: undefined }), 0, 'busy'],
  ] as const)('says %s', (_, reading, runs, status) => {
    expect(statusOfHost(reading, runs)).toBe(status);
  });
});

describe('freeCapacity', () => {
  it('is the least of processor and memory, and of graphics memory for work that needs it', () => {
    const metrics = hostMetrics({
      cpuCoresAvailable: 4,
      memoryPercent: 30,
      gpuType: 'nvidia',
      gpuVramTotalGb: 24,
      gpuVramAvailableGb: 6,
    });

    expect(freeShares(metrics)).toEqual({ cpu: 0.5, memory: 0.7, vram: 0.25 });
    expect(freeCapacity(metrics)).toBe(0.5);
    expect(freeCapacity(metrics, 'gpu')).toBe(0.25);
    expect(freeCapacity(hostMetrics(), 'gpu')).toBe(0);
  });
});

describe('availableCores', () => {
  it.each([
    [8, 0, 8],
    [8, 0.3, 7],
    [8, 6.5, 1],
    [2, 1, 1],
    [2, 40, 1],
    [1, 3, 1],
  ])('leaves of %d cores at a load of %d: %d', (cores, load, left) => {
    expect(availableCores(cores, load)).toBe(left);
  });

  it('holds no work back on a laptop of two cores, however loaded', () => {
    const cpuCoresAvailable = availableCores(2, 12);
    const metrics = hostMetrics({ cpuLoad1: 12, cpuCoresPhysical: 2, cpuCoresAvailable });

    expect(roomFor([host({ metrics })])).toBe(1);
  });

  it('holds work back on a machine of eight cores under full load', () => {
    const metrics = hostMetrics({ cpuLoad1: 7.5, cpuCoresAvailable: availableCores(8, 7.5) });

    expect(roomFor([host({ metrics })])).toBe(0);
  });
});

describe('roomFor', () => {
  it('counts the free cores of hosts that are online and not below their threshold', () => {
    const hosts = [
      host({ metrics: hostMetrics({ cpuCoresAvailable: 3 }) }),
      host({ metrics: full }),
      host({ metrics: hostMetrics({ memoryPercent: 75, cpuCoresAvailable: 2 }) }),
      host({ ageMs: 91_000 }),
      host({ metrics: undefined }),
    ];

    expect(roomFor(hosts)).toBe(5);
    expect(roomFor([])).toBe(0);
  });
});

describe('whyNoRoom', () => {
  it('names what is short on the host that lacks least, and the setting', () => {
    const hosts = [
      host({ hostId: 'a', metrics: hostMetrics({ memoryPercent: 95 }) }),
      host({ hostId: 'b', metrics: full }),
      host({ hostId: 'c', metrics: hostMetrics({ memoryPercent: 50 }), threshold: 1 }),
    ];

    expect(whyNoRoom(hosts)).toBe(
      'no host has room: b, which is nearest to it, has 19 % of its memory free; new runs begin at 20 % (capacity.threshold)',
    );
  });

  it('says when nobody reports, and when nothing can be read', () => {
    expect(whyNoRoom([host({ ageMs: 120_000 })])).toBe('no host has reported within 90 s');
    expect(whyNoRoom([host({ metrics: undefined })])).toContain('cannot be read');
  });
});

describe('nextReportMs', () => {
  it('is 30 s, and after failures grows from a second to that', () => {
    expect([0, 1, 2, 3, 6, 100].map((failures) => nextReportMs(failures))).toEqual([
      30_000, 1_000, 2_000, 4_000, 30_000, 30_000,
    ]);
  });
});
