import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
} from 'node:fs';

import { errorCode } from './open-at.ts';
import { workspaceMountPoint } from './paths.ts';

/** Largest manifest that is read. Bytes. */
const maxBytes = 1024 * 1024;
/** Links that are followed; far below the kernel's 40, because a manifest hardly ever is one. */
const maxLinks = 10;

/**
 * No manifest, makefile or script: the judgement of a command that would run it finds that it does not understand it.
 * It stands for a file that is there and cannot be read here, while "there is none" would let the command pass.
 */
export const unreadableManifest = '$(';

const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const fileFlags =
  constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Makes a reader of manifests, makefiles and scripts by the path that a command in the sandbox would use. Undefined
 * when there is no such file in the workspace; {@link unreadableManifest} when there is something that is not a plain
 * file of it: a link that leads out, a FIFO, a file of more than 1 MB.
 */
export function createManifestReader(root: string): (path: string) => string | undefined {
  return (path) => {
    const names = componentsBelow(path);
    if (names === undefined) return undefined;
    const open: number[] = [];
    try {
      open.push(openSync(root, folderFlags));
      return readBelow(open, names);
    } catch (error) {
      return errorCode(error) === 'ENOENT' ? undefined : unreadableManifest;
    } finally {
      for (const descriptor of open) closeSync(descriptor);
    }
  };
}

/** Opens one component after the other from the last open folder, as `withPlace` does; `open` gets every descriptor. */
function readBelow(open: number[], names: readonly string[]): string | undefined {
  const top = open[0] ?? -1;
  const folders = [top];
  const pending = [...names];
  let links = 0;
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (name === '..') {
      folders.pop();
      if (folders.length === 0) return unreadableManifest;
      continue;
    }
    const path = `/proc/self/fd/${folders.at(-1) ?? top}/${name}`;
    if (lstatSync(path).isSymbolicLink()) {
      const target = readlinkSync(path);
      const further = target.startsWith('/') ? componentsBelow(target) : componentsOf(target);
      links += 1;
      if (further === undefined || links > maxLinks) return unreadableManifest;
      if (target.startsWith('/')) folders.length = 1;
      pending.unshift(...further);
      continue;
    }
    const opened = openSync(path, pending.length === 0 ? fileFlags : folderFlags);
    open.push(opened);
    if (pending.length === 0) return textOf(opened);
    folders.push(opened);
  }
  return undefined;
}

function textOf(descriptor: number): string {
  const stats = fstatSync(descriptor);
  if (!stats.isFile() || stats.size > maxBytes) return unreadableManifest;
  return readFileSync(descriptor, 'utf8');
}

/** Components below the workspace of an absolute path; undefined for a path outside. */
function componentsBelow(path: string): readonly string[] | undefined {
  if (!path.startsWith(`${workspaceMountPoint}/`) || path.includes('\0')) return undefined;
  return componentsOf(path.slice(workspaceMountPoint.length));
}

function componentsOf(path: string): readonly string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
