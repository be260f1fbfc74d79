import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

import { workspaceMountPoint } from './paths.ts';

/** Largest manifest that is read. Bytes. */
const maxBytes = 1024 * 1024;

const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const fileFlags =
  constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Makes a reader of manifests, makefiles and scripts for the judgement of shell texts, by the path that a command in
 * the sandbox would use. Undefined for anything that is not plainly there: links are not followed at all, and whoever
 * asks then treats the command as not understood.
 */
export function createManifestReader(root: string): (path: string) => string | undefined {
  return (path) => {
    if (!path.startsWith(`${workspaceMountPoint}/`) || path.includes('\0')) return undefined;
    const names = path.slice(workspaceMountPoint.length + 1).split('/');
    if (names.includes('..')) return undefined;
    try {
      return readBelow(
        root,
        names.filter((name) => name !== '' && name !== '.'),
      );
    } catch {
      return undefined;
    }
  };
}

function readBelow(root: string, names: readonly string[]): string | undefined {
  const open: number[] = [openSync(root, folderFlags)];
  try {
    for (const [index, name] of names.entries()) {
      const flags = index === names.length - 1 ? fileFlags : folderFlags;
      open.push(openSync(`/proc/self/fd/${open.at(-1)}/${name}`, flags));
    }
    const file = open.at(-1) ?? -1;
    const stats = fstatSync(file);
    return stats.isFile() && stats.size <= maxBytes ? readFileSync(file, 'utf8') : undefined;
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
}
