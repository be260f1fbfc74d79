import type { FreeShares, HostStatus } from '../domain/hosts/capacity.ts';
import type { HostMetrics } from '../domain/hosts/host-metrics-schema.ts';

/** What people and programs can see of the hosts that run workers. */
export interface HostsClient {
  /** Those that fit, by id. */
  readonly list: (query: HostQuery) => Promise<readonly HostView[]>;
  /** @throws {HoldfastError} not_found */
  readonly show: (hostId: string) => Promise<HostView>;
}

/** With a least value only hosts that are not offline and have it fit. */
export interface HostQuery {
  /** Processor cores that are free. */
  readonly minCpuCores?: number;
  /** Gigabytes of graphics memory that are free. */
  readonly minGpuVramGb?: number;
}

/** One host. */
export interface HostView {
  readonly hostId: string;
  /** What the machine calls itself; workspaces of runs carry it. */
  readonly name: string;
  readonly status: HostStatus;
  /** From 0 to 1; null when the metrics cannot be read. */
  readonly freeCapacity: number | null;
  readonly free: FreeShares | null;
  /** Least free capacity at which new runs begin there. */
  readonly threshold: number;
  /** Runs that work there just now. */
  readonly runs: number;
  /** As of the last report. */
  readonly metrics: HostMetrics | null;
  /** ISO 8601. */
  readonly reportedAt: string;
  readonly registeredAt: string;
  /** Time since the last report, in seconds. */
  readonly ageSeconds: number;
}
