import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createCommandGroups } from '../../../../../activities/sandbox/control-groups/control-groups.ts';
import { defaultSandboxLimits } from '../../../../../activities/sandbox/sandbox-limits.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-groups-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function kernelFiles(names: readonly string[]): void {
  mkdirSync(join(folder, 'c1'));
  for (const name of names) writeFileSync(join(folder, 'c1', name), '');
}

const contentOf = (name: string): string => readFileSync(join(folder, 'c1', name), 'utf8');
const limits = { ...defaultSandboxLimits, memoryBytes: 1_000, processes: 7, cpus: 1.5 };

describe('createCommandGroups', () => {
  it('sets the limits of v2 and counts what it reports', () => {
    kernelFiles(['memory.max', 'memory.swap.max', 'memory.oom.group', 'pids.max', 'cpu.max']);
    const homes = (['memory', 'pids', 'cpu'] as const).map(
      (controller) => ({ controller, version: 'cgroup-v2', folder }) as const,
    );

    const groups = createCommandGroups(homes, 'c1', limits);
    writeFileSync(join(folder, 'c1/memory.events'), 'low 0\noom 2\noom_kill 3\n');
    writeFileSync(join(folder, 'c1/pids.events'), 'max 4\n');

    expect(contentOf('memory.max')).toBe('1000');
    expect(contentOf('memory.swap.max')).toBe('0');
    expect(contentOf('memory.oom.group')).toBe('1');
    expect(contentOf('pids.max')).toBe('7');
    expect(contentOf('cpu.max')).toBe('150000 100000');
    expect(groups.entrances).toEqual([join(folder, 'c1/cgroup.procs')]);
    expect(groups.readHits()).toEqual({ memoryKills: 3, refusedForks: 4 });
  });

  it('sets the limits of v1, where a kernel without swap accounting has a file less', () => {
    kernelFiles(['memory.limit_in_bytes', 'tasks']);
    const home = { controller: 'memory', version: 'cgroup-v1', folder } as const;

    const groups = createCommandGroups([home], 'c1', limits);
    writeFileSync(join(folder, 'c1/memory.oom_control'), 'under_oom 0\noom_kill 1\n');

    expect(contentOf('memory.limit_in_bytes')).toBe('1000');
    expect(groups.entrances).toEqual([join(folder, 'c1/tasks')]);
    expect(groups.readHits()).toEqual({ memoryKills: 1, refusedForks: 0 });
  });

  it('fails rather than run without a limit', () => {
    const home = { controller: 'pids', version: 'cgroup-v2', folder } as const;

    expect(() => createCommandGroups([home], 'c1', limits)).toThrow('pids.max');
  });
});
