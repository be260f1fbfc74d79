import type { BundleEntry, BundlePart } from './bundle-part-schema.ts';

/** A piece of a file and the blob that holds it. */
export interface PlacedPiece {
  readonly pack: string;
  readonly offset: number;
  readonly length: number;
  /** Where it goes in the file. */
  readonly at: number;
}

/** One entry of a workspace as a bundle describes it. */
export interface PlacedEntry extends Pick<
  BundleEntry,
  'path' | 'kind' | 'mode' | 'time' | 'target'
> {
  readonly isOurs: boolean;
  readonly size: number;
  readonly pieces: readonly PlacedPiece[];
}

/** Names at the top of a workspace's folder that a bundle holds. */
export const bundledFolders = ['tree', 'shadow.git', 'waiting-steps'] as const;

/**
 * What a workspace looks like behind the last of the parts of its bundle, oldest first: every folder stands before what
 * is in it. Undefined when the parts do not fit together, or name something outside of the workspace.
 */
export function foldParts(parts: readonly BundlePart[]): readonly PlacedEntry[] | undefined {
  const entries = new Map<string, PlacedEntry>();
  for (const { packs, entries: changed, gone } of parts) {
    for (const path of gone) entries.delete(path);
    for (const entry of changed) {
      const placed = placedIn(packs, entry);
      if (placed === undefined) return undefined;
      entries.set(entry.path, placed);
    }
  }
  const sorted = [...entries.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return sorted.every((entry) => isInside(entry, entries)) ? sorted : undefined;
}

function placedIn(packs: readonly string[], entry: BundleEntry): PlacedEntry | undefined {
  const { path, kind, mode, time, isOurs = false, target, size = 0 } = entry;
  const pieces: PlacedPiece[] = [];
  for (const [index, offset, length, at] of entry.pieces ?? []) {
    const pack = packs[index];
    if (pack === undefined) return undefined;
    pieces.push({ pack, offset, length, at });
  }
  const link = target === undefined ? {} : { target };
  return { path, kind, mode, time, isOurs, size, pieces, ...link };
}

// SAFETY: nothing is ever written outside of the new folder, nor through a link in it.
function isInside({ path }: PlacedEntry, entries: ReadonlyMap<string, PlacedEntry>): boolean {
  const names = path.split('/');
  if (!bundledFolders.some((name) => name === names[0])) return false;
  if (names.some((name) => name === '' || name === '.' || name === '..')) return false;
  if (names.length === 1) return entries.get(path)?.kind === 'folder';
  return entries.get(names.slice(0, -1).join('/'))?.kind === 'folder';
}
