import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { SandboxLimits } from '../sandbox-limits.ts';
import type { ControllerHome } from './controller-home.ts';
import { removeGroup } from './remove-group.ts';

/** The groups of one command: one folder per hierarchy. */
export interface CommandGroups {
  readonly folders: readonly string[];
  /** Files a process writes 0 to in order to enter. */
  readonly entrances: readonly string[];
  /** Files in which the kernel counts what hit a limit; absent when no group holds it. */
  readonly counters: { readonly memoryKills?: string; readonly refusedForks?: string };
  /** What the kernel counted against the limits so far; read it before `remove`. */
  readonly readHits: () => GroupHits;
  /** Kills what is left inside and removes the folders. Resolves when they are gone. */
  readonly remove: () => Promise<void>;
}

/** How often limits were hit. */
export interface GroupHits {
  /** Processes the kernel killed for want of memory. */
  readonly memoryKills: number;
  /** Forks refused by the process limit. */
  readonly refusedForks: number;
}

/** Makes the groups of one command with its limits set. */
export function createCommandGroups(
  homes: readonly ControllerHome[],
  name: string,
  limits: SandboxLimits,
): CommandGroups {
  const folders = new Set<string>();
  for (const home of homes) {
    const folder = join(home.folder, name);
    mkdirSync(folder, { recursive: true });
    folders.add(folder);
    for (const setting of settingsOf(home, limits)) {
      write(join(folder, setting.file), setting.value, setting.need);
    }
  }
  const counters = countersOf(homes, name);
  return {
    folders: [...folders],
    entrances: [...folders].map(entranceOf),
    counters,
    readHits: () => ({
      memoryKills: counter(counters.memoryKills, 'oom_kill'),
      refusedForks: counter(counters.refusedForks, 'max'),
    }),
    remove: async () => {
      for (const folder of folders) await removeGroup(folder);
    },
  };
}

/**
 * In v1 a single thread may move itself through `tasks`, which spares the global lock of `cgroup.procs` and a wait of
 * up to 10 ms for it (measured; kernel/cgroup/cgroup.c, cgroup_procs_write_start). The launcher has one thread.
 */
function entranceOf(folder: string): string {
  const single = join(folder, 'tasks');
  return existsSync(single) ? single : join(folder, 'cgroup.procs');
}

interface Setting {
  readonly file: string;
  readonly value: string;
  /** 'if-present': a file that only some kernels have. */
  readonly need: 'always' | 'if-present';
}

/** The period over which processor time is shared out. Microseconds, the kernel's own default. */
const cpuPeriodUs = 100_000;

function settingsOf({ controller, version }: ControllerHome, limits: SandboxLimits): Setting[] {
  const quotaUs = Math.max(1_000, Math.round(limits.cpus * cpuPeriodUs));
  const memory = String(limits.memoryBytes);
  const isOld = version === 'cgroup-v1';
  switch (controller) {
    case 'memory':
      return isOld
        ? [
            { file: 'memory.limit_in_bytes', value: memory, need: 'always' },
            // Without swap accounting the file is absent, and what is swapped out is not counted.
            { file: 'memory.memsw.limit_in_bytes', value: memory, need: 'if-present' },
          ]
        : [
            { file: 'memory.max', value: memory, need: 'always' },
            { file: 'memory.swap.max', value: '0', need: 'if-present' },
            { file: 'memory.oom.group', value: '1', need: 'if-present' },
          ];
    case 'pids':
      return [{ file: 'pids.max', value: String(limits.processes), need: 'always' }];
    case 'cpu':
      return isOld
        ? [
            { file: 'cpu.cfs_period_us', value: String(cpuPeriodUs), need: 'always' },
            { file: 'cpu.cfs_quota_us', value: String(quotaUs), need: 'always' },
          ]
        : [{ file: 'cpu.max', value: `${quotaUs} ${cpuPeriodUs}`, need: 'always' }];
  }
}

function write(file: string, value: string, need: Setting['need']): void {
  try {
    // Flag r+: a cgroup file exists or it does not; nothing may create it.
    writeFileSync(file, value, { flag: 'r+' });
  } catch (error) {
    if (need === 'always') throw error;
  }
}

function countersOf(homes: readonly ControllerHome[], name: string): CommandGroups['counters'] {
  const fileOf = (controller: string, files: Readonly<Record<string, string>>) => {
    const home = homes.find((candidate) => candidate.controller === controller);
    const file = home === undefined ? undefined : files[home.version];
    return home === undefined || file === undefined ? undefined : join(home.folder, name, file);
  };
  const memory = fileOf('memory', {
    'cgroup-v1': 'memory.oom_control',
    'cgroup-v2': 'memory.events',
  });
  const pids = fileOf('pids', { 'cgroup-v1': 'pids.events', 'cgroup-v2': 'pids.events' });
  return {
    ...(memory === undefined ? {} : { memoryKills: memory }),
    ...(pids === undefined ? {} : { refusedForks: pids }),
  };
}

function counter(file: string | undefined, key: string): number {
  if (file === undefined) return 0;
  try {
    const line = readFileSync(file, 'utf8')
      .split('\n')
      .find((candidate) => candidate.startsWith(`${key} `));
    return Number(line?.slice(key.length + 1) ?? 0);
  } catch {
    return 0;
  }
}
