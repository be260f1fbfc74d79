import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { machineFiles } from '../../../../activities/hosts/machine-files.ts';
import { readGpu } from '../../../../activities/hosts/read-gpu.ts';
import { readMachine, type MachineFacts } from '../../../../activities/hosts/read-machine.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-machine-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const gb = 2 ** 30;

function put(files: Readonly<Record<string, string | number>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
}

const processor = (index: number): string =>
  `processor\t: ${index}\nphysical id\t: 0\ncore id\t\t: ${index % 8}\n`;

/** A machine with 8 cores, two threads each, 16 GB, of which 8 are available. */
function machine(overrides: Partial<MachineFacts> = {}): MachineFacts {
  put({
    '/proc/cpuinfo': Array.from({ length: 16 }, (_, index) => processor(index)).join('\n'),
    '/proc/meminfo': `MemTotal:       ${16 * 2 ** 20} kB\nMemFree:         1024 kB\nMemAvailable:    ${8 * 2 ** 20} kB`,
  });
  return {
    files: machineFiles(root),
    processors: 16,
    usable: 16,
    loads: [2.5, 1.234, 0],
    totalBytes: 1,
    freeBytes: 1,
    ...overrides,
  };
}

const whole = '30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw';

describe('readMachine', () => {
  it('counts physical cores and takes the memory that is really available', async () => {
    expect(await readMachine(machine())).toEqual({
      cpuLoad1: 2.5,
      cpuLoad5: 1.23,
      cpuLoad15: 0,
      cpuCoresPhysical: 8,
      cpuCoresAvailable: 5,
      memoryPercent: 50,
      memoryAvailableGb: 8,
    });
  });

  it('keeps to the least limit of the control groups above it, and counts unused file pages as free', async () => {
    const facts = machine();
    put({
      '/proc/self/mountinfo': whole,
      '/proc/self/cgroup': '0::/box/worker',
      '/sys/fs/cgroup/box/cpu.max': '200000 100000',
      '/sys/fs/cgroup/box/worker/cpu.max': 'max 100000',
      '/sys/fs/cgroup/box/memory.max': 4 * gb,
      '/sys/fs/cgroup/box/memory.current': 3.5 * gb,
      '/sys/fs/cgroup/box/memory.stat': `anon 1\ninactive_file ${gb / 2}`,
      '/sys/fs/cgroup/box/worker/memory.max': 'max',
      '/sys/fs/cgroup/box/worker/memory.current': gb,
    });

    // Two of eight cores carry a quarter of the load, 0.625.
    expect(await readMachine(facts)).toMatchObject({
      cpuLoad1: 2.5,
      cpuCoresPhysical: 2,
      cpuCoresAvailable: 1,
      memoryPercent: 75,
      memoryAvailableGb: 1,
    });
  });

  it('reads the first version of control groups, whose greatest limit is none', async () => {
    const facts = machine();
    put({
      '/proc/self/mountinfo': [
        '31 23 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
        '32 23 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu',
      ].join('\n'),
      '/proc/self/cgroup': '4:memory:/box\n1:cpu:/',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': 9 * gb,
      '/sys/fs/cgroup/memory/box/memory.limit_in_bytes': 2 * gb,
      '/sys/fs/cgroup/memory/box/memory.usage_in_bytes': 2 * gb,
      '/sys/fs/cgroup/memory/box/memory.stat': `total_inactive_file ${gb / 2}`,
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': -1,
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': 100_000,
    });

    expect(await readMachine(facts)).toMatchObject({
      cpuCoresPhysical: 8,
      memoryPercent: 75,
      memoryAvailableGb: 0.5,
    });
  });

  it('goes by what Node knows where the kernel has no such files', async () => {
    const facts = { ...machine(), files: machineFiles(join(root, 'nowhere')) };

    expect(
      await readMachine({ ...facts, usable: 3, totalBytes: 4 * gb, freeBytes: gb }),
    ).toMatchObject({ cpuCoresPhysical: 3, memoryPercent: 75, memoryAvailableGb: 1 });
  });
});

/** A program that says this. */
const saying = (text: string | undefined) => async () => Promise.resolve(text);

describe('readGpu', () => {
  it('sums up what nvidia-smi says of each', async () => {
    expect(await readGpu(machineFiles(root), saying('24576, 6144\n8192, 8192\n'))).toEqual({
      gpuType: 'nvidia',
      gpuVramTotalGb: 32,
      gpuVramAvailableGb: 14,
    });
  });

  it('takes what the driver of AMD says, and none for a processor without memory of its own', async () => {
    put({ '/sys/class/drm/card0/device/vendor': '0x8086' });
    expect(await readGpu(machineFiles(root), saying(undefined))).toMatchObject({
      gpuType: 'intel',
      gpuVramTotalGb: 0,
    });

    put({
      '/sys/class/drm/card1/device/vendor': '0x1002',
      '/sys/class/drm/card1/device/mem_info_vram_total': 16 * gb,
      '/sys/class/drm/card1/device/mem_info_vram_used': 4 * gb,
      '/sys/class/drm/card1-DP-1/status': 'connected',
    });
    expect(await readGpu(machineFiles(root), saying(undefined))).toEqual({
      gpuType: 'amd',
      gpuVramTotalGb: 16,
      gpuVramAvailableGb: 12,
    });
  });

  it.each([undefined, '', 'NVIDIA-SMI has failed', '[N/A], [N/A]'])(
    'gives zeros for the answer %p',
    async (answer) => {
      expect(await readGpu(machineFiles(root), saying(answer))).toEqual({
        gpuType: 'none',
        gpuVramTotalGb: 0,
        gpuVramAvailableGb: 0,
      });
    },
  );
});
