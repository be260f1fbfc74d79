import { dirname, join } from 'node:path';

import {
  cgroupHierarchies,
  type Controller,
  type Hierarchy,
} from '../sandbox/control-groups/hierarchies.ts';
import { numberIn, type MachineFiles } from './machine-files.ts';

/** Memory of a group that has a limit, in bytes. */
export interface GroupMemory {
  readonly limit: number;
  readonly available: number;
}

/** What the control groups of this process leave it of the machine. */
export interface GroupLimits {
  /** Processor time per time, the least of all groups above it; undefined without a limit. */
  readonly cores: number | undefined;
  /** One for each group above it that has a limit. */
  readonly memory: readonly GroupMemory[];
}

/** Reads the limits of the groups that this process stands in, up to the root of the hierarchy (cgroups(7)). */
export async function controlGroupLimits(files: MachineFiles): Promise<GroupLimits> {
  const [mounts = '', groups = ''] = await Promise.all([
    files.text('/proc/self/mountinfo'),
    files.text('/proc/self/cgroup'),
  ]);
  const hierarchies = cgroupHierarchies(mounts, groups);
  const [cores, memory] = await Promise.all([
    Promise.all(foldersOf(hierarchies, 'cpu').map(async (folder) => coresOf(files, folder))),
    Promise.all(foldersOf(hierarchies, 'memory').map(async (folder) => memoryOf(files, folder))),
  ]);
  const quotas = cores.filter((each) => each !== undefined);
  return {
    cores: quotas.length === 0 ? undefined : Math.min(...quotas),
    memory: memory.filter((each) => each !== undefined),
  };
}

interface Folder {
  readonly version: Hierarchy['version'];
  readonly path: string;
}

/** Own group first, then those above it. */
function foldersOf(hierarchies: readonly Hierarchy[], controller: Controller): readonly Folder[] {
  return hierarchies
    .filter(
      ({ version, controllers }) => version === 'cgroup-v2' || controllers.includes(controller),
    )
    .flatMap(({ version, own, mount }) => upTo(own, mount).map((path) => ({ version, path })));
}

function upTo(own: string, mount: string): readonly string[] {
  if (own === mount || !own.startsWith(`${mount}/`)) return [mount];
  return [own, ...upTo(dirname(own), mount)];
}

async function coresOf(
  files: MachineFiles,
  { version, path }: Folder,
): Promise<number | undefined> {
  const [quota, period] =
    version === 'cgroup-v2'
      ? ((await files.text(join(path, 'cpu.max'))) ?? '').trim().split(' ').map(Number)
      : await Promise.all([
          numberIn(files, join(path, 'cpu.cfs_quota_us')),
          numberIn(files, join(path, 'cpu.cfs_period_us')),
        ]);
  // `max` and -1 are no limit.
  if (quota === undefined || period === undefined || !(quota > 0) || !(period > 0))
    return undefined;
  return quota / period;
}

async function memoryOf(
  files: MachineFiles,
  { version, path }: Folder,
): Promise<GroupMemory | undefined> {
  const isNew = version === 'cgroup-v2';
  const [limit, used, statistics = ''] = await Promise.all([
    numberIn(files, join(path, isNew ? 'memory.max' : 'memory.limit_in_bytes')),
    numberIn(files, join(path, isNew ? 'memory.current' : 'memory.usage_in_bytes')),
    files.text(join(path, 'memory.stat')),
  ]);
  if (limit === undefined || used === undefined) return undefined;
  // Pages of files that nobody uses are given back as soon as somebody needs room.
  const name = isNew ? 'inactive_file' : 'total_inactive_file';
  const inactive = Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(statistics)?.[1] ?? 0);
  return { limit, available: Math.max(0, limit - Math.max(0, used - inactive)) };
}
