/** Controllers the sandbox uses. */
export const controllers = ['memory', 'pids', 'cpu'] as const;

export type Controller = (typeof controllers)[number];

/** A mounted cgroup hierarchy and where the asking process stands in it. */
export interface Hierarchy {
  readonly version: 'cgroup-v1' | 'cgroup-v2';
  /** Controllers of a v1 hierarchy; a v2 hierarchy says in its files what it has. */
  readonly controllers: readonly string[];
  /** Absolute path of the mount. */
  readonly mount: string;
  /** Absolute path of the process's own group; below or equal to `mount`. */
  readonly own: string;
}

/**
 * Reads the mounted hierarchies out of /proc/self/mountinfo and /proc/self/cgroup (cgroups(7)).
 * A hierarchy mounted elsewhere a second time appears once, at its first mount.
 */
export function cgroupHierarchies(mountInfo: string, ownGroups: string): readonly Hierarchy[] {
  const found = new Map<string, Hierarchy>();
  for (const line of mountInfo.split('\n')) {
    const [before, after] = line.split(' - ');
    if (before === undefined || after === undefined) continue;
    const [, , , root = '/', mount = ''] = before.split(' ');
    const [type = '', , superOptions = ''] = after.split(' ');
    const hierarchy = hierarchyOf({ type, root, mount, superOptions, ownGroups });
    const key = hierarchy?.controllers.join(',') ?? '';
    if (hierarchy !== undefined && !found.has(key)) found.set(key, hierarchy);
  }
  return [...found.values()];
}

function hierarchyOf(entry: {
  readonly type: string;
  readonly root: string;
  readonly mount: string;
  readonly superOptions: string;
  readonly ownGroups: string;
}): Hierarchy | undefined {
  if (entry.type !== 'cgroup' && entry.type !== 'cgroup2') return undefined;
  const isOld = entry.type === 'cgroup';
  const options = entry.superOptions.split(',');
  const mine = entry.ownGroups
    .split('\n')
    .map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
    .find((match) => {
      const names = (match?.[1] ?? '').split(',').filter((name) => name !== '');
      return isOld
        ? names.length > 0 && names.every((name) => options.includes(name))
        : match !== null && names.length === 0;
    });
  if (mine === undefined || mine === null) return undefined;
  return {
    version: isOld ? 'cgroup-v1' : 'cgroup-v2',
    controllers: isOld ? (mine[1] ?? '').split(',') : [],
    mount: entry.mount,
    own: `${entry.mount}${belowRoot(mine[2] ?? '/', entry.root)}`.replace(/\/$/, ''),
  };
}

function belowRoot(path: string, root: string): string {
  if (root === '/') return path;
  return path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : '/';
}
