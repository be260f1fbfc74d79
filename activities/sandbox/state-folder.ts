import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { removeEmptyGroups } from './control-groups/remove-group.ts';
import { identityOf } from './process-tree.ts';

const ownerPattern = /^holdfast-(\d+)-(\d+)-\d+$/;
let sandboxes = 0;

/** Names what belongs to one sandbox of this process, so that a later worker can tell that its owner is gone. */
export function ownerName(): string {
  const self = identityOf('self');
  sandboxes += 1;
  return `holdfast-${self?.pid ?? 0}-${self?.startTicks ?? 0}-${sandboxes}`;
}

/** True for a name made by `ownerName` in a process that no longer runs. */
export function isAbandoned(name: string): boolean {
  const [, pid, startTicks] = ownerPattern.exec(name) ?? [];
  if (pid === undefined) return false;
  return identityOf(Number(pid))?.startTicks !== startTicks;
}

/** Makes this sandbox's own folder. */
export function makeStateFolder(parent: string, name: string): string {
  const folder = join(parent, name);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
}

/** Removes the state folders of workers that are gone. */
export function removeAbandonedFolders(parent: string): void {
  for (const name of namesIn(parent).filter(isAbandoned)) {
    rmSync(join(parent, name), { recursive: true, force: true });
  }
}

/** Removes the empty control groups of workers that are gone. */
export function removeAbandonedGroups(parents: readonly string[]): void {
  for (const parent of new Set(parents)) {
    for (const name of namesIn(parent).filter(isAbandoned)) removeEmptyGroups(join(parent, name));
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Removes a state folder that is no longer needed. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
