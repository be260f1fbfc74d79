import { describe, expect, it } from '@jest/globals';

import type { HostsClient, HostView } from '../../../../../clients/hosts-client.ts';
import { HoldfastError } from '../../../../../domain/failures.ts';
import { hostMetrics } from '../../../../support/host-metrics.ts';
import { runWith } from '../run/command-line.ts';
import { fakeClient } from '../run/fake-client.ts';

const host: HostView = {
  hostId: 'build-1',
  name: 'ip-10-0-0-7',
  status: 'busy',
  freeCapacity: 0.19,
  free: { cpu: 0.5, memory: 0.19, vram: 0.25 },
  threshold: 0.2,
  runs: 3,
  metrics: hostMetrics({
    cpuLoad1: 4.2,
    cpuCoresAvailable: 3,
    memoryPercent: 81,
    gpuType: 'nvidia',
    gpuVramTotalGb: 24,
    gpuVramAvailableGb: 6,
  }),
  reportedAt: '2026-11-01T10:00:00.000Z',
  registeredAt: '2026-10-01T10:00:00.000Z',
  ageSeconds: 12,
};

function withHosts(overrides: Partial<HostsClient> = {}) {
  const queries: unknown[] = [];
  const hosts: HostsClient = {
    list: async (query) => {
      queries.push(query);
      return [
        host,
        {
          ...host,
          hostId: 'old',
          status: 'offline',
          metrics: null,
          free: null,
          freeCapacity: null,
        },
      ];
    },
    show: async () => host,
    ...overrides,
  };
  return { queries, client: fakeClient({ overrides: { hosts } }) };
}

const nobody = async (): Promise<never> => {
  throw new HoldfastError('not_found', 'there is no host "x"');
};

describe('holdfast hosts', () => {
  it('lists hosts with what they have left', async () => {
    const { client } = withHosts();

    const { code, stdout } = await runWith(['hosts'], { client });

    expect(code).toBe(0);
    expect(stdout).toMatch(/build-1\s+busy\s+19 %\s+3 of 8\s/);
    expect(stdout).toMatch(/old\s+offline\s+\?/);
  });

  it('asks for hosts that have cores and graphics memory free', async () => {
    const { queries, client } = withHosts({ list: async (query) => (queries.push(query), []) });

    const { code, stdout } = await runWith(
      ['hosts', 'list', '--free-cpu', '4', '--free-vram', '7.5'],
      { client },
    );

    expect(queries).toEqual([{ minCpuCores: 4, minGpuVramGb: 7.5 }]);
    expect(code).toBe(0);
    expect(stdout).toBe('no host has that much free\n');
  });

  it.each(['--free-cpu=-1', '--free-cpu=0', '--free-vram=-1', '--free-vram=much'])(
    'refuses %s',
    async (option) => {
      const { code, stdout } = await runWith(['hosts', 'list', option, '--json'], withHosts());

      expect(code).toBe(2);
      expect(JSON.parse(stdout)).toMatchObject({ code: 'invalid_argument' });
    },
  );

  it('shows one host, and as one document', async () => {
    const { client } = withHosts();

    const { stdout } = await runWith(['hosts', 'show', 'build-1'], { client });
    const document = await runWith(['hosts', 'show', 'build-1', '--json'], { client });

    for (const text of [
      'ip-10-0-0-7',
      '19 % (processor 50 %, memory 19 %)',
      'begin at 20 % free',
      '6.0 of 24.0 GB',
    ])
      expect(stdout).toContain(text);
    expect(JSON.parse(document.stdout)).toMatchObject({ ...host });
  });

  it('ends with 3 for a host that nobody knows', async () => {
    expect((await runWith(['hosts', 'show', 'x'], withHosts({ show: nobody }))).code).toBe(3);
  });
});
