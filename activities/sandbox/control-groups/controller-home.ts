import { accessSync, constants, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Controller, Hierarchy } from './hierarchies.ts';

/** The folder under which groups with one controller can be made. */
export interface ControllerHome {
  readonly controller: Controller;
  readonly version: 'cgroup-v1' | 'cgroup-v2';
  readonly folder: string;
}

/** File that shows, in a fresh group, that its controller is on. */
const proofs: {
  readonly [controller in Controller]: Readonly<Record<Hierarchy['version'], string>>;
} = {
  memory: { 'cgroup-v1': 'memory.limit_in_bytes', 'cgroup-v2': 'memory.max' },
  pids: { 'cgroup-v1': 'pids.max', 'cgroup-v2': 'pids.max' },
  cpu: { 'cgroup-v1': 'cpu.cfs_quota_us', 'cgroup-v2': 'cpu.max' },
};

/** Finds, by trying, where groups for a controller can be made; otherwise says why there is no such place. */
export function findControllerHome(
  controller: Controller,
  hierarchies: readonly Hierarchy[],
  name: string,
): ControllerHome | string {
  const reasons: string[] = [];
  for (const hierarchy of byPreference(hierarchies, controller)) {
    for (const parent of parentsToTry(hierarchy)) {
      const folder = join(parent, name);
      const reason = tryHome(controller, hierarchy, folder);
      if (reason === undefined) return { controller, version: hierarchy.version, folder };
      reasons.push(`${parent}: ${reason}`);
    }
  }
  return reasons.length === 0
    ? `no cgroup hierarchy with the ${controller} controller is mounted`
    : reasons.join(', ');
}

function byPreference(hierarchies: readonly Hierarchy[], controller: Controller): Hierarchy[] {
  const newer = hierarchies.filter(
    (hierarchy) =>
      hierarchy.version === 'cgroup-v2' &&
      listed(join(hierarchy.mount, 'cgroup.controllers')).includes(controller),
  );
  const older = hierarchies.filter(
    (hierarchy) => hierarchy.version === 'cgroup-v1' && hierarchy.controllers.includes(controller),
  );
  return [...newer, ...older];
}

/**
 * The worker's own group first, so that limits set on the worker hold for its sandboxes too. A v2 group that holds
 * processes cannot hand controllers down (cgroups(7), "no internal processes"): there its parent is next.
 */
export function parentsToTry({ version, own, mount }: Hierarchy): string[] {
  const parent = own.length > mount.length ? [dirname(own)] : [];
  return [...new Set(version === 'cgroup-v2' ? [own, ...parent, mount] : [own, mount])];
}

function tryHome(controller: Controller, hierarchy: Hierarchy, folder: string): string | undefined {
  const probe = join(folder, 'probe');
  try {
    if (hierarchy.version === 'cgroup-v2') handDown(dirname(folder), controller);
    mkdirSync(folder, { recursive: true });
    if (hierarchy.version === 'cgroup-v2') handDown(folder, controller);
    mkdirSync(probe, { recursive: true });
    accessSync(join(probe, proofs[controller][hierarchy.version]), constants.W_OK);
    rmdirSync(probe);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

function handDown(folder: string, controller: Controller): void {
  const control = join(folder, 'cgroup.subtree_control');
  if (!listed(control).includes(controller)) writeFileSync(control, `+${controller}`);
}

function listed(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trim().split(/\s+/);
  } catch {
    return [];
  }
}
