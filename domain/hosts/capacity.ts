import type { HostMetrics } from './host-metrics-schema.ts';

/** A host that has not reported for so long is offline, in milliseconds: two reports may get lost. */
const offlineMs = 90_000;

/** What is known of a host when somebody looks. */
export interface HostReading {
  readonly hostId: string;
  /** Undefined when its row cannot be read. */
  readonly metrics: HostMetrics | undefined;
  /** Time since its last report, in milliseconds. */
  readonly ageMs: number;
  /** Least free capacity, from 0 to 1, at which new work begins there. */
  readonly threshold: number;
}

/** `busy`: no new work begins there. `idle`: it would, and no run works there just now. */
export type HostStatus = 'online' | 'idle' | 'busy' | 'offline';

/** Free shares of a host, each from 0 to 1. */
export interface FreeShares {
  readonly cpu: number;
  readonly memory: number;
  /** 0 without a GPU. */
  readonly vram: number;
}

/**
 * Free shares by the metrics of a host. One core counts as free whatever the load: the kernel gives it to whoever comes, so
 * that the processor alone never holds work back on a host with up to 1 / threshold cores.
 */
export function freeShares(metrics: HostMetrics): FreeShares {
  const { cpuCoresAvailable, cpuCoresPhysical, memoryPercent } = metrics;
  const { gpuVramTotalGb, gpuVramAvailableGb } = metrics;
  return {
    cpu: cpuCoresAvailable / cpuCoresPhysical,
    memory: 1 - memoryPercent / 100,
    vram: gpuVramTotalGb === 0 ? 0 : gpuVramAvailableGb / gpuVramTotalGb,
  };
}

/** Free capacity of a host: the least of its free shares of processor and memory, and of VRAM for work that needs a GPU. */
export function freeCapacity(metrics: HostMetrics, needs: 'no-gpu' | 'gpu' = 'no-gpu'): number {
  const { cpu, memory, vram } = freeShares(metrics);
  return needs === 'gpu' ? Math.min(cpu, memory, vram) : Math.min(cpu, memory);
}

/** Cores that a load leaves of some: `max(1, floor(cores - load))`, and never more than there are. */
export function availableCores(cores: number, load: number): number {
  return Math.min(cores, Math.max(1, Math.floor(cores - load)));
}

/** True when the host has reported lately. */
export function isOnline({ ageMs }: Pick<HostReading, 'ageMs'>): boolean {
  return ageMs < offlineMs;
}

/** True when new work may begin on the host. */
function hasRoom(host: HostReading): boolean {
  const { metrics, threshold } = host;
  // Not exact: 100 - 80 percent come to 0.19999999999999996.
  return isOnline(host) && metrics !== undefined && freeCapacity(metrics) + 1e-9 >= threshold;
}

/** How a host is doing; `runs` counts those that work there. */
export function statusOfHost(host: HostReading, runs: number): HostStatus {
  if (!isOnline(host)) return 'offline';
  if (!hasRoom(host)) return 'busy';
  return runs === 0 ? 'idle' : 'online';
}

/** How many runs may begin now: one for each core that is free on a host with room. */
export function roomFor(hosts: readonly HostReading[]): number {
  return hosts
    .filter((host) => hasRoom(host))
    .reduce((sum, { metrics }) => sum + (metrics?.cpuCoresAvailable ?? 0), 0);
}

/** Why no host has room, in words. */
export function whyNoRoom(hosts: readonly HostReading[]): string {
  const online = hosts.filter((host) => isOnline(host));
  if (online.length === 0) return `no host has reported within ${offlineMs / 1_000} s`;
  const [nearest] = online
    .flatMap(({ hostId, metrics, threshold }) =>
      metrics === undefined ? [] : [{ hostId, threshold, ...freeShares(metrics) }],
    )
    .toSorted((one, other) => lacking(one) - lacking(other));
  if (nearest === undefined) return 'what the hosts reported cannot be read';
  const { hostId, threshold, cpu, memory } = nearest;
  const what = memory <= cpu ? 'memory' : 'processor';
  const who = online.length === 1 ? hostId : `${hostId}, which is nearest to it,`;
  const free = `${percent(Math.min(cpu, memory))} of its ${what} free`;
  return `no host has room: ${who} has ${free}; new runs begin at ${percent(threshold)} (capacity.threshold)`;
}

/** How much a host lacks until it has room, as a share. */
function lacking({
  threshold,
  cpu,
  memory,
}: Omit<FreeShares, 'vram'> & { threshold: number }): number {
  return threshold - Math.min(cpu, memory);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
