import type { HostMetrics } from '../../domain/hosts/host-metrics-schema.ts';

/** Metrics of a machine with eight cores that nobody uses, and what a test needs otherwise. */
export function hostMetrics(overrides: Partial<HostMetrics> = {}): HostMetrics {
  return {
    cpuLoad1: 0,
    cpuLoad5: 0,
    cpuLoad15: 0,
    cpuCoresPhysical: 8,
    cpuCoresAvailable: 8,
    memoryPercent: 10,
    memoryAvailableGb: 14.4,
    gpuVramTotalGb: 0,
    gpuVramAvailableGb: 0,
    gpuType: 'none',
    ...overrides,
  };
}
