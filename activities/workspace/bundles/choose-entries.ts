import { matchesGlob } from '../../../domain/policy/patterns/glob.ts';
import type { ListedEntry } from './list-workspace.ts';

/** Entries of a workspace that a bundle takes, and what it leaves out, in words. */
export interface ChosenEntries {
  /** Folders stand before what is in them. */
  readonly taken: readonly ListedEntry[];
  readonly leftOut: readonly string[];
  /** What they take on the disk. Bytes. */
  readonly bytes: number;
}

/**
 * Leaves out what the settings exclude, with everything in it, and what is no file, folder or link. The globs are
 * relative to the files of the workspace. Files that their own permissions hide can be read as root only.
 */
export function chooseEntries(
  entries: readonly ListedEntry[],
  { exclude, isRoot }: { readonly exclude: readonly string[]; readonly isRoot: boolean },
): ChosenEntries {
  const without = new Set<string>();
  const taken: ListedEntry[] = [];
  const leftOut: string[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const name = nameInTree(entry.path);
    if (without.has(parentOf(entry.path))) {
      without.add(entry.path);
    } else if (name !== undefined && exclude.some((glob) => matchesGlob(glob, name))) {
      without.add(entry.path);
      leftOut.push(entry.kind === 'folder' ? `${name}/` : name);
    } else if (entry.kind === 'other') {
      leftOut.push(`${name ?? entry.path} (no plain file)`);
    } else if (!isRoot && entry.kind === 'file' && (entry.mode & 0o400) === 0) {
      leftOut.push(`${name ?? entry.path} (unreadable)`);
    } else {
      taken.push(entry);
      bytes += entry.kind === 'file' ? entry.allocated : 0;
    }
  }
  return { taken, leftOut, bytes };
}

/** A path as people know it; undefined for what lies outside of the run's files. */
function nameInTree(path: string): string | undefined {
  if (!path.startsWith('tree/')) return undefined;
  return Buffer.from(path.slice('tree/'.length), 'latin1').toString('utf8');
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
