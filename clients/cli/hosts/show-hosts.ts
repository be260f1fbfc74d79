import type { HostStatus } from '../../../domain/hosts/capacity.ts';
import type { HostView } from '../../hosts-client.ts';
import type { CommandContext } from '../command-context.ts';
import { formatDuration } from '../output/duration.ts';
import type { Styles } from '../output/styles.ts';
import { renderKeyValues, renderTable, type Cell } from '../output/table.ts';
import { withClient } from '../with-client.ts';

/** Options of `hosts list` as commander gives them. */
export interface ListOptions {
  readonly freeCpu?: number;
  readonly freeVram?: number;
}

/** Lists hosts. */
export async function listHosts(
  context: CommandContext,
  { freeCpu, freeVram }: ListOptions,
): Promise<void> {
  const { output } = context;
  const query = {
    ...(freeCpu === undefined ? {} : { minCpuCores: freeCpu }),
    ...(freeVram === undefined ? {} : { minGpuVramGb: freeVram }),
  };
  const hosts = await withClient(context, async (client) => client.hosts.list(query));
  output.result({ items: hosts }, (styles) => {
    if (hosts.length > 0) {
      const rows = hosts.map((host) => rowOf(host, styles));
      return renderTable({ columns, rows }, output.width());
    }
    const isAll = freeCpu === undefined && freeVram === undefined;
    return isAll ? 'no host has reported yet\n' : 'no host has that much free\n';
  });
}

const columns = [
  { title: 'host', shrinksTo: 12 },
  { title: 'status' },
  { title: 'free', align: 'right' },
  { title: 'cores free', align: 'right' },
  { title: 'load', align: 'right', leaves: 1 },
  { title: 'memory free', align: 'right' },
  { title: 'vram free', align: 'right', leaves: 3 },
  { title: 'runs', align: 'right', leaves: 4 },
  { title: 'reported', align: 'right', leaves: 2 },
] as const;

function rowOf(host: HostView, styles: Styles): readonly Cell[] {
  const { hostId, status, freeCapacity, metrics, runs, ageSeconds } = host;
  const known =
    metrics === null
      ? ['?', '?', '?', '?']
      : [
          `${metrics.cpuCoresAvailable} of ${metrics.cpuCoresPhysical}`,
          metrics.cpuLoad1.toFixed(1),
          gigabytes(metrics.memoryAvailableGb),
          vramOf(metrics),
        ];
  return [
    hostId,
    statusCell(status, styles),
    freeCapacity === null ? '?' : percent(freeCapacity),
    ...known,
    String(runs),
    `${formatDuration(ageSeconds)} ago`,
  ];
}

/** Shows one host. */
export async function showHost(context: CommandContext, hostId: string): Promise<void> {
  const { output } = context;
  const host = await withClient(context, async (client) => client.hosts.show(hostId));
  output.result(host, (styles) => renderKeyValues(pairsOf(host, styles), output.width()));
}

function pairsOf(host: HostView, styles: Styles): readonly (readonly [string, Cell])[] {
  const { hostId, name, status, threshold, runs, metrics, ageSeconds, registeredAt } = host;
  return [
    ['host', hostId],
    ...(name === hostId ? [] : [['machine', name] as const]),
    ['status', statusCell(status, styles)],
    ['reported', `${formatDuration(ageSeconds)} ago`],
    ['registered', registeredAt],
    ['runs', String(runs)],
    ['free', freeText(host)],
    ['new runs', threshold === 0 ? 'always begin' : `begin at ${percent(threshold)} free`],
    ...(metrics === null ? [] : metricPairs(metrics)),
  ];
}

function freeText({ freeCapacity, free }: HostView): string {
  if (freeCapacity === null || free === null) return 'its report cannot be read';
  const { cpu, memory } = free;
  return `${percent(freeCapacity)} (processor ${percent(cpu)}, memory ${percent(memory)})`;
}

type Metrics = NonNullable<HostView['metrics']>;

function metricPairs(metrics: Metrics): readonly (readonly [string, string])[] {
  const { cpuLoad1, cpuLoad5, cpuLoad15, cpuCoresPhysical, cpuCoresAvailable } = metrics;
  return [
    ['cores', `${cpuCoresAvailable} of ${cpuCoresPhysical} free`],
    ['load', [cpuLoad1, cpuLoad5, cpuLoad15].map((load) => load.toFixed(2)).join(', ')],
    ['memory', `${gigabytes(metrics.memoryAvailableGb)} free, ${metrics.memoryPercent} % in use`],
    [
      'graphics',
      metrics.gpuType === 'none' ? 'none' : `${metrics.gpuType}, ${vramOf(metrics)} free`,
    ],
  ];
}

function statusCell(status: HostStatus, styles: Styles): Cell {
  const marks = { online: styles.good, idle: styles.good, busy: styles.warn, offline: styles.bad };
  return { text: status, style: marks[status] };
}

function vramOf({ gpuType, gpuVramAvailableGb, gpuVramTotalGb }: Metrics): string {
  if (gpuType === 'none') return '-';
  return `${gpuVramAvailableGb.toFixed(1)} of ${gigabytes(gpuVramTotalGb)}`;
}

function gigabytes(amount: number): string {
  return `${amount.toFixed(1)} GB`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
