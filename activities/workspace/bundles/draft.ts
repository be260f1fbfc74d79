import type { Hash } from '../../../domain/json.ts';
import type { BundleEntry, BundlePart } from '../../../domain/workspace/bundle-part-schema.ts';
import type { ChosenEntries } from './choose-entries.ts';
import type { ListedEntry } from './list-workspace.ts';
import { PackWriter } from './pack-writer.ts';
import { Moved, readEntry } from './read-entry.ts';

/** Most names of what is left out that a part holds. */
const maxLeftOut = 200;

interface ReadOne {
  readonly mark: string;
  readonly entry: BundleEntry;
}

/** What was read of a workspace for the next part of its bundle. What changes meanwhile is read again, and only that. */
export class Draft {
  readonly #packs: PackWriter;
  readonly #read = new Map<string, ReadOne>();

  constructor(store: (bytes: Buffer) => Promise<Hash>) {
    this.#packs = new PackWriter(store);
  }

  /** Reads what differs from the listing that the part before was made from. `before` holds marks by path. */
  async read(
    { folder, uid }: { readonly folder: string; readonly uid: number },
    entries: readonly ListedEntry[],
    before: ReadonlyMap<string, string>,
  ): Promise<void> {
    const changed = entries.filter(
      ({ path, mark }) => before.get(path) !== mark && this.#read.get(path)?.mark !== mark,
    );
    // Equal workspaces have equal packs.
    for (const entry of changed.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
      const { path, mark } = entry;
      this.#read.delete(path);
      try {
        const content = await readEntry(folder, entry, this.#packs);
        this.#read.set(path, { mark, entry: describe(entry, uid, content) });
      } catch (error) {
        // It changes just now: the next look finds it again.
        if (!(error instanceof Moved)) throw error;
      }
    }
    await this.#packs.flush();
  }

  /** The part behind a listing of which everything was read; undefined when something was not. */
  part(
    { taken, leftOut }: ChosenEntries,
    before: ReadonlyMap<string, string>,
  ): BundlePart | undefined {
    const entries: BundleEntry[] = [];
    const there = new Set<string>();
    for (const { path, mark } of taken) {
      there.add(path);
      if (before.get(path) === mark) continue;
      const read = this.#read.get(path);
      if (read?.mark !== mark) return undefined;
      entries.push(read.entry);
    }
    return {
      schemaVersion: 1,
      packs: [...this.#packs.packs],
      entries,
      gone: [...before.keys()].filter((path) => !there.has(path)),
      leftOut: leftOut.slice(0, maxLeftOut),
      leftOutCount: leftOut.length,
    };
  }
}

function describe(
  { path, kind, mode, time, uid: owner, target }: ListedEntry,
  uid: number,
  content: Pick<BundleEntry, 'size' | 'pieces'>,
): BundleEntry {
  return {
    path,
    // Other kinds were left out.
    kind: kind === 'other' ? 'file' : kind,
    mode,
    time,
    ...(owner === uid ? {} : { isOurs: true }),
    ...(target === undefined ? {} : { target }),
    ...content,
  };
}
