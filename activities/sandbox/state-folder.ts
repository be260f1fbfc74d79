import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { removeEmptyGroups } from './control-groups/remove-group.ts';
import { identityOf } from './process/process-tree.ts';

const ownerPattern = /^holdfast-(\d+)-(\d+)-\d+$/;
const openFolderMode = 0o755;
const openFileMode = 0o644;
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
  makeOpenFolder(parent);
  makeOpenFolder(folder);
  return folder;
}

/** Makes a folder that every user may pass through and read, whatever the worker's umask; parents are made too. */
export function makeOpenFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeOpenFolder(dirname(folder));
  mkdirSync(folder);
  chmodSync(folder, openFolderMode);
}

/** Writes a file that every user may read, whatever the worker's umask. */
export function writeOpenFile(file: string, content: string | Uint8Array): void {
  writeFileSync(file, content);
  chmodSync(file, openFileMode);
}

/** Removes the state folders of workers that are gone, but for those that something still reads. */
export function removeAbandonedFolders(parent: string, inUse: ReadonlySet<string>): void {
  for (const name of namesIn(parent).filter(isAbandoned)) {
    if (inUse.has(name)) continue;
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
