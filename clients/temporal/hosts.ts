import { freeCapacity, freeShares, isOnline, statusOfHost } from '../../domain/hosts/capacity.ts';
import { HoldfastError } from '../../domain/failures.ts';
import { readHosts, type HostRow } from '../../storage/readers.ts';
import type { HostQuery, HostsClient, HostView } from '../hosts-client.ts';
import type { LocalConnection } from './local-connection.ts';
import { translated } from './translate-error.ts';

/** The hosts of a local installation. */
export function hostsClient({ db }: LocalConnection): HostsClient {
  const read = async (): Promise<readonly HostRow[]> =>
    translated('the hosts', async () => readHosts(db));
  return {
    list: async (query) => {
      const hosts = await read();
      return hosts.filter((host) => fits(host, query)).map((host) => viewOf(host));
    },
    show: async (hostId) => {
      const host = (await read()).find((each) => each.hostId === hostId);
      if (host !== undefined) return viewOf(host);
      throw new HoldfastError('not_found', `there is no host "${hostId.slice(0, 80)}"`, {
        suggestion: 'see: holdfast hosts list',
      });
    },
  };
}

function fits(host: HostRow, { minCpuCores, minGpuVramGb }: HostQuery): boolean {
  if (minCpuCores === undefined && minGpuVramGb === undefined) return true;
  const { metrics } = host;
  if (!isOnline(host) || metrics === undefined) return false;
  return (
    metrics.cpuCoresAvailable >= (minCpuCores ?? 0) &&
    metrics.gpuVramAvailableGb >= (minGpuVramGb ?? 0)
  );
}

function viewOf(host: HostRow): HostView {
  const { hostId, name, metrics, threshold, runs, reportedAt, registeredAt, ageMs } = host;
  return {
    hostId,
    name,
    status: statusOfHost(host, runs),
    freeCapacity: metrics === undefined ? null : rounded(freeCapacity(metrics)),
    free: metrics === undefined ? null : roundedShares(freeShares(metrics)),
    threshold,
    runs,
    metrics: metrics ?? null,
    reportedAt: reportedAt.toISOString(),
    registeredAt: registeredAt.toISOString(),
    ageSeconds: Math.max(0, Math.round(ageMs / 1_000)),
  };
}

function roundedShares({ cpu, memory, vram }: ReturnType<typeof freeShares>) {
  return { cpu: rounded(cpu), memory: rounded(memory), vram: rounded(vram) };
}

function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
