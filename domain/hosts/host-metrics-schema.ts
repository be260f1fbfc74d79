import { z } from 'zod';

import { HoldfastError } from '../failures.ts';
import { fieldErrorsOf, inWords } from '../settings/field-errors.ts';

/** More than any machine has: what is above it was measured wrongly. */
const mostCores = 65_536;
const mostGb = 1_000_000;

const load = z.number().min(0).max(1_000_000);
const cores = z.int().min(1).max(mostCores);
const gigabytes = z.number().min(0).max(mostGb);

/** The ten metrics of a host. Gigabytes are of 2^30 bytes. */
const hostMetricsSchema = z
  .strictObject({
    /** Load average of the last 1, 5 and 15 minutes, as the kernel says it of the whole machine. */
    cpuLoad1: load,
    cpuLoad5: load,
    cpuLoad15: load,
    /** Physical cores that this host may use. */
    cpuCoresPhysical: cores,
    /** Those of them that the load leaves, 1 at least. */
    cpuCoresAvailable: cores,
    /** Share of the memory that is in use, in percent. */
    memoryPercent: z.number().min(0).max(100),
    memoryAvailableGb: gigabytes,
    gpuVramTotalGb: gigabytes,
    gpuVramAvailableGb: gigabytes,
    gpuType: z.enum(['nvidia', 'amd', 'intel', 'none']),
  })
  .refine(({ cpuCoresAvailable, cpuCoresPhysical }) => cpuCoresAvailable <= cpuCoresPhysical, {
    path: ['cpuCoresAvailable'],
    message: 'must not be more than cpuCoresPhysical',
  })
  .refine(({ gpuVramAvailableGb, gpuVramTotalGb }) => gpuVramAvailableGb <= gpuVramTotalGb, {
    path: ['gpuVramAvailableGb'],
    message: 'must not be more than gpuVramTotalGb',
  });

export type HostMetrics = Readonly<z.infer<typeof hostMetricsSchema>>;

/** Checks the metrics of a report. @throws {HoldfastError} invalid_argument naming each metric that does not fit */
export function parseHostMetrics(value: unknown): HostMetrics {
  const parsed = hostMetricsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fieldErrors = fieldErrorsOf(parsed.error, value);
  throw new HoldfastError('invalid_argument', `metrics of a host: ${inWords(fieldErrors)}`, {
    suggestion: 'the values of the last report stay; see what the machine itself says',
    fieldErrors,
  });
}

/** The metrics as they stand in a row; undefined when they cannot be read. */
export function readHostMetrics(value: unknown): HostMetrics | undefined {
  return hostMetricsSchema.safeParse(value).data;
}
