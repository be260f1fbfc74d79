import { availableCores } from '../../domain/hosts/capacity.ts';
import type { HostMetrics } from '../../domain/hosts/host-metrics-schema.ts';
import { controlGroupLimits, type GroupLimits } from './control-group-limits.ts';
import type { MachineFiles } from './machine-files.ts';

const bytesPerGb = 2 ** 30;

/** What of the metrics the processor and the memory say. */
export type MachineMetrics = Omit<HostMetrics, 'gpuVramTotalGb' | 'gpuVramAvailableGb' | 'gpuType'>;

/** What Node knows of the machine: used where the kernel has no such file. */
export interface MachineFacts {
  readonly files: MachineFiles;
  /** Logical processors of the machine. */
  readonly processors: number;
  /** Those of them that this process may run on. */
  readonly usable: number;
  readonly loads: readonly number[];
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/** Measures processor and memory: what this process may use of the machine, and what of it is left. */
export async function readMachine(facts: MachineFacts): Promise<MachineMetrics> {
  const limits = await controlGroupLimits(facts.files);
  const [processors, memory] = await Promise.all([
    readProcessors(facts, limits),
    readMemory(facts, limits),
  ]);
  return { ...processors, ...memory };
}

async function readProcessors(
  { files, processors, usable, loads }: MachineFacts,
  limits: GroupLimits,
): Promise<
  Pick<
    MachineMetrics,
    'cpuLoad1' | 'cpuLoad5' | 'cpuLoad15' | 'cpuCoresPhysical' | 'cpuCoresAvailable'
  >
> {
  const physical = physicalCores((await files.text('/proc/cpuinfo')) ?? '') ?? processors;
  const quota = Math.max(1, Math.floor(limits.cores ?? physical));
  const cores = Math.min(physical, usable, quota);
  const [cpuLoad1 = 0, cpuLoad5 = 0, cpuLoad15 = 0] = loads.map((load) => rounded(load));
  // The load is that of the whole machine: of it a part stands for the part of the machine that may be used.
  const load = cpuLoad1 * (cores / physical);
  return {
    cpuLoad1,
    cpuLoad5,
    cpuLoad15,
    cpuCoresPhysical: cores,
    cpuCoresAvailable: availableCores(cores, load),
  };
}

/** Different cores that /proc/cpuinfo names; undefined where it names none, as on ARM. */
function physicalCores(text: string): number | undefined {
  const cores = text.split('\n\n').flatMap((processor) => {
    const core = /^core id\s*: (\d+)/m.exec(processor)?.[1];
    const socket = /^physical id\s*: (\d+)/m.exec(processor)?.[1] ?? '0';
    return core === undefined ? [] : [`${socket}/${core}`];
  });
  return cores.length === 0 ? undefined : new Set(cores).size;
}

async function readMemory(
  { files, totalBytes, freeBytes }: MachineFacts,
  limits: GroupLimits,
): Promise<Pick<MachineMetrics, 'memoryPercent' | 'memoryAvailableGb'>> {
  const text = (await files.text('/proc/meminfo')) ?? '';
  const machine = {
    limit: kilobytes(text, 'MemTotal') ?? totalBytes,
    // What the kernel could give without swapping, caches included (proc_meminfo(5)).
    available: kilobytes(text, 'MemAvailable') ?? freeBytes,
  };
  // A limit above what the machine has is none.
  const groups = limits.memory.filter(({ limit }) => limit < machine.limit);
  const all = [machine, ...groups].map(({ limit, available }) => ({
    share: limit === 0 ? 0 : Math.min(1, available / limit),
    available,
  }));
  const share = Math.min(...all.map((each) => each.share));
  const available = Math.min(...all.map((each) => each.available));
  return {
    memoryPercent: rounded(100 * (1 - share)),
    memoryAvailableGb: rounded(available / bytesPerGb),
  };
}

function kilobytes(text: string, name: string): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text);
  return match === null ? undefined : Number(match[1]) * 1024;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
