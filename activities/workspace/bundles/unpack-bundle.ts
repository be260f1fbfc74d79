import { constants } from 'node:fs';
import {
  chmod,
  chown,
  lchown,
  lutimes,
  mkdir,
  open,
  symlink,
  utimes,
  type FileHandle,
} from 'node:fs/promises';

import { HoldfastError } from '../../../domain/failures.ts';
import type { BundlePart } from '../../../domain/workspace/bundle-part-schema.ts';
import {
  foldParts,
  type PlacedEntry,
  type PlacedPiece,
} from '../../../domain/workspace/fold-parts.ts';
import { getBlob } from '../../../storage/blobs/blobs.ts';
import type { Executor } from '../../../storage/postgres/database.ts';
import type { KeptWorkspace } from '../../../storage/workspaces/bundles.ts';
import { decodePart, unpack } from './part-blob.ts';

/** Files that are written at once. */
const filesAtOnce = 16;

/** Where a bundle is unpacked: an empty folder that nobody else knows. */
export interface UnpackPlace {
  readonly folder: string;
  /** User that gets the files of the run; undefined: the worker itself. */
  readonly uid: number | undefined;
}

/**
 * Writes a workspace as its bundle holds it. Gives what the bundle does not hold.
 * @throws {HoldfastError} workspace_lost when a blob of it is gone or is none.
 */
export async function unpackBundle(
  db: Executor,
  { tenant, parts }: Pick<KeptWorkspace, 'tenant' | 'parts'>,
  place: UnpackPlace,
): Promise<Pick<BundlePart, 'leftOut' | 'leftOutCount'>> {
  const blob = async (hash: string): Promise<Buffer> => {
    const bytes = await getBlob(db, tenant, hash);
    if (bytes === undefined) throw damaged(`the blob ${hash} is gone`);
    return bytes;
  };
  const read: BundlePart[] = [];
  for (const hash of parts) read.push(await decodePart(await blob(hash)));
  const entries = foldParts(read);
  if (entries === undefined) throw damaged('its parts do not fit together');
  const at = (path: string): Buffer =>
    Buffer.concat([Buffer.from(`${place.folder}/`), Buffer.from(path, 'latin1')]);
  for (const { path, kind } of entries) if (kind === 'folder') await mkdir(at(path), 0o700);
  const { uid } = place;
  const fetch = async (hash: string): Promise<Buffer> => unpack(await blob(hash));
  await writeContents(entries, { at, fetch, uid });
  await inGroups(
    entries.filter(
      (entry) => entry.kind === 'link' || (entry.kind === 'file' && !isInOnePack(entry)),
    ),
    async (entry) =>
      entry.kind === 'link'
        ? makeLink(entry, at(entry.path), uid)
        : withFile(at(entry.path), async (file) => dress(file, entry, uid)),
  );
  // What is in a folder first: its own time, and whether anybody may write there, come last.
  for (const entry of entries.toReversed()) {
    if (entry.kind === 'folder') await dressFolder(entry, at(entry.path), uid);
  }
  const newest = read.at(-1);
  return { leftOut: newest?.leftOut ?? [], leftOutCount: newest?.leftOutCount ?? 0 };
}

interface Write {
  readonly entry: PlacedEntry;
  readonly pieces: readonly PlacedPiece[];
}

/** One pack after the other, so that each is fetched once. Files that are in one pack are done then. */
async function writeContents(
  entries: readonly PlacedEntry[],
  {
    at,
    fetch,
    uid,
  }: {
    readonly at: (path: string) => Buffer;
    readonly fetch: (pack: string) => Promise<Buffer>;
    readonly uid: number | undefined;
  },
): Promise<void> {
  for (const [pack, writes] of byPack(entries)) {
    const bytes = await fetch(pack);
    await inGroups([...writes.values()], async ({ entry, pieces }) =>
      withFile(at(entry.path), async (file) => {
        for (const { offset, length, at: position } of pieces) {
          if (offset + length > bytes.byteLength) throw damaged(`the blob ${pack} is too short`);
          const { bytesWritten } = await file.write(bytes, offset, length, position);
          if (bytesWritten !== length) throw new Error(`only ${bytesWritten} bytes were written`);
        }
        if (isInOnePack(entry)) await dress(file, entry, uid);
      }),
    );
  }
}

function byPack(entries: readonly PlacedEntry[]): ReadonlyMap<string, Map<string, Write>> {
  const packs = new Map<string, Map<string, Write>>();
  for (const entry of entries) {
    for (const piece of entry.pieces) {
      const writes = packs.get(piece.pack) ?? new Map<string, Write>();
      packs.set(piece.pack, writes);
      const pieces = [...(writes.get(entry.path)?.pieces ?? []), piece];
      writes.set(entry.path, { entry, pieces });
    }
  }
  return packs;
}

function isInOnePack({ pieces }: PlacedEntry): boolean {
  return pieces.length > 0 && pieces.every(({ pack }) => pack === pieces[0]?.pack);
}

const writing = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;

async function withFile(path: Buffer, work: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, writing, 0o600);
  try {
    await work(file);
  } finally {
    await file.close();
  }
}

/** Gives a file its size, owner, permissions and time; what no piece covered becomes a hole. */
async function dress(
  file: FileHandle,
  entry: PlacedEntry,
  runUid: number | undefined,
): Promise<void> {
  const { size, pieces, mode, time, isOurs } = entry;
  const end = pieces.reduce((most, { at, length }) => Math.max(most, at + length), 0);
  if (end < size) await file.truncate(size);
  if (!isOurs && runUid !== undefined) await file.chown(runUid, runUid);
  await file.chmod(mode);
  await file.utimes(time, time);
}

async function dressFolder(
  { mode, time, isOurs }: PlacedEntry,
  path: Buffer,
  runUid: number | undefined,
): Promise<void> {
  if (!isOurs && runUid !== undefined) await chown(path, runUid, runUid);
  await chmod(path, mode);
  await utimes(path, time, time);
}

async function makeLink(
  { target, time, isOurs }: PlacedEntry,
  path: Buffer,
  runUid: number | undefined,
): Promise<void> {
  await symlink(Buffer.from(target ?? '', 'latin1'), path);
  if (!isOurs && runUid !== undefined) await lchown(path, runUid, runUid);
  await lutimes(path, time, time);
}

async function inGroups<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < all.length; start += filesAtOnce) {
    await Promise.all(all.slice(start, start + filesAtOnce).map(async (one) => work(one)));
  }
}

function damaged(why: string): HoldfastError {
  return new HoldfastError('workspace_lost', `the bundle of the workspace cannot be used: ${why}`);
}
