import { describe, expect, it } from '@jest/globals';

import { cgroupHierarchies } from '../../../../../activities/sandbox/control-groups/hierarchies.ts';

describe('cgroupHierarchies', () => {
  it('reads a machine with both versions', () => {
    const mountInfo = [
      '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
      '32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct',
      '35 31 0:32 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory',
      '40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd',
      '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate',
    ].join('\n');
    const own = '4:memory:/user/me\n2:cpu,cpuacct:/\n9:name=systemd:/\n0::/user\n';

    expect(cgroupHierarchies(mountInfo, own)).toEqual([
      {
        version: 'cgroup-v1',
        controllers: ['cpu', 'cpuacct'],
        mount: '/sys/fs/cgroup/cpu',
        own: '/sys/fs/cgroup/cpu',
      },
      {
        version: 'cgroup-v1',
        controllers: ['memory'],
        mount: '/sys/fs/cgroup/memory',
        own: '/sys/fs/cgroup/memory/user/me',
      },
      {
        version: 'cgroup-v1',
        controllers: ['name=systemd'],
        mount: '/sys/fs/cgroup/systemd',
        own: '/sys/fs/cgroup/systemd',
      },
      {
        version: 'cgroup-v2',
        controllers: [],
        mount: '/sys/fs/cgroup/unified',
        own: '/sys/fs/cgroup/unified/user',
      },
    ]);
  });

  it('takes off the root of a mount that shows a part only', () => {
    const mountInfo = '41 31 0:38 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw';

    const own = (path: string): string | undefined =>
      cgroupHierarchies(mountInfo, `0::${path}`)[0]?.own;

    expect(own('/docker/abc')).toBe('/sys/fs/cgroup');
    expect(own('/docker/abc/unit')).toBe('/sys/fs/cgroup/unit');
    expect(own('/docker/abcdef')).toBe('/sys/fs/cgroup');
  });

  it('is empty where nothing is mounted', () => {
    expect(cgroupHierarchies('27 1 254:0 / / rw - ext4 /dev/vda rw', '')).toEqual([]);
  });
});
