import { join } from 'node:path';

import type { HostMetrics } from '../../domain/hosts/host-metrics-schema.ts';
import { numberIn, type MachineFiles } from './machine-files.ts';
import type { QueryProgram } from './query-program.ts';

/** What of the metrics the graphics processor says. */
export type GpuMetrics = Pick<HostMetrics, 'gpuVramTotalGb' | 'gpuVramAvailableGb' | 'gpuType'>;

const bytesPerGb = 2 ** 30;
const megabytesPerGb = 2 ** 10;
const query = ['--query-gpu=memory.total,memory.free', '--format=csv,noheader,nounits'];
/** Names of vendors by their PCI number. */
const vendors: ReadonlyMap<string, HostMetrics['gpuType']> = new Map([
  ['0x1002', 'amd'],
  ['0x8086', 'intel'],
]);

/**
 * Measures the memory of the graphics processors, all of the first kind that is found together: NVIDIA by `nvidia-smi`,
 * others by what the kernel says. Zeros without one, and where it does not answer in time. A processor that shares the memory
 * of the machine has none of its own.
 */
export async function readGpu(files: MachineFiles, ask: QueryProgram): Promise<GpuMetrics> {
  const nvidia = sizesIn(await ask('nvidia-smi', query));
  if (nvidia.length > 0) return sumOf('nvidia', nvidia);
  const cards = (await files.names('/sys/class/drm')).filter((name) => /^card\d+$/.test(name));
  const devices = await Promise.all(cards.map(async (card) => readCard(files, card)));
  for (const gpuType of ['amd', 'intel'] as const) {
    const own = devices.flatMap((device) => (device?.gpuType === gpuType ? [device.size] : []));
    if (own.length > 0) return sumOf(gpuType, own);
  }
  return { gpuType: 'none', gpuVramTotalGb: 0, gpuVramAvailableGb: 0 };
}

interface Size {
  /** Gigabytes. */
  readonly total: number;
  readonly free: number;
}

function sizesIn(text: string | undefined): readonly Size[] {
  return (text ?? '').split('\n').flatMap((line) => {
    const [, total, free] = /^(\d+), (\d+)$/.exec(line.trim()) ?? [];
    if (total === undefined || free === undefined) return [];
    return [{ total: Number(total) / megabytesPerGb, free: Number(free) / megabytesPerGb }];
  });
}

async function readCard(
  files: MachineFiles,
  card: string,
): Promise<{ readonly gpuType: HostMetrics['gpuType']; readonly size: Size } | undefined> {
  const device = join('/sys/class/drm', card, 'device');
  const vendor = (await files.text(join(device, 'vendor')))?.trim() ?? '';
  const gpuType = vendors.get(vendor);
  if (gpuType === undefined) return undefined;
  // Files of the driver amdgpu; no other has them.
  const total = (await numberIn(files, join(device, 'mem_info_vram_total'))) ?? 0;
  const used = (await numberIn(files, join(device, 'mem_info_vram_used'))) ?? 0;
  return { gpuType, size: { total: total / bytesPerGb, free: (total - used) / bytesPerGb } };
}

function sumOf(gpuType: HostMetrics['gpuType'], sizes: readonly Size[]): GpuMetrics {
  const total = rounded(sizes.reduce((sum, size) => sum + size.total, 0));
  const free = rounded(sizes.reduce((sum, size) => sum + size.free, 0));
  return { gpuType, gpuVramTotalGb: total, gpuVramAvailableGb: Math.min(total, free) };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
