import { lstat } from 'node:fs/promises';
import { join } from 'node:path';

import {
  isBaseWorthIt,
  nextPartKind,
  type PartKind,
} from '../../../domain/workspace/bundle-timing.ts';
import { getBlob, putBlob } from '../../../storage/blobs/blobs.ts';
import type { Database } from '../../../storage/postgres/database.ts';
import {
  bundleSubject,
  getKept,
  saveBundle,
  type BundleSubject,
  type KeptWorkspace,
} from '../../../storage/workspaces/bundles.ts';
import type { CorePrograms } from '../git/core-programs.ts';
import { treeName } from '../make-workspace.ts';
import { chooseEntries, type ChosenEntries } from './choose-entries.ts';
import { Draft } from './draft.ts';
import { forgetListings, keepListing, keptListing } from './kept-listings.ts';
import { listWorkspace, readListing } from './list-workspace.ts';
import { decodePart, encodePart } from './part-blob.ts';
import { readToken, writeToken } from './place-token.ts';

/** What bundles of workspaces are made with. */
export interface BundleContext {
  readonly db: Database;
  readonly programs: CorePrograms;
  readonly host: string;
  /** Whether the worker may read every file. */
  readonly isRoot: boolean;
  /** Globs of files that no bundle takes, relative to the workspace. */
  readonly exclude: readonly string[];
  /** Largest workspace that is put into bundles. */
  readonly maxBytes: number;
}

/** A workspace of this host. */
export interface BundledWorkspace {
  readonly workspaceId: string;
  readonly runId: string;
  /** Absolute. */
  readonly folder: string;
}

/** What came of an attempt. */
export type TakenBundle =
  /** All of it is in a bundle. */
  | { readonly type: 'kept' }
  /** Nothing is to be done for it here any more. */
  | { readonly type: 'over' }
  /** A call is at it: its end begins the wait anew. What was read stays in the draft. */
  | { readonly type: 'busy'; readonly draft: OpenDraft | undefined }
  | {
      readonly type: 'too-large';
      readonly bytes: number;
      readonly token: string;
      readonly tenant: string;
    };

/** What was read for a part that is not complete. */
export interface OpenDraft {
  readonly draft: Draft;
  readonly kind: PartKind;
  /** The part it follows. */
  readonly behind: string | undefined;
}

/** Looks until two of them see the same. */
const maxLooks = 4;

/**
 * Puts a workspace into a bundle. It is looked at and read while runs go on; what changed meanwhile is read again. The
 * bundle counts only when two looks in a row saw the same and no effect was begun between them.
 */
export async function takeBundle(
  context: BundleContext,
  workspace: BundledWorkspace,
  open: OpenDraft | undefined,
): Promise<TakenBundle> {
  const { db } = context;
  const { workspaceId, folder } = workspace;
  const stats = await lstat(join(folder, treeName)).catch(() => undefined);
  const kept = await getKept(db, workspaceId);
  const token = await readToken(folder);
  // A folder that another host has taken over, or nothing at all.
  if (stats === undefined || (kept !== undefined && kept.token !== token)) return { type: 'over' };
  const first = await bundleSubject(db, workspace);
  if (first === undefined) return { type: 'over' };
  if (first.isKept) return { type: 'kept' };
  if (first.isBusy) return { type: 'busy', draft: open };
  const making = await begin(context, { workspace: { ...workspace, uid: stats.uid }, kept }, open);
  let seen: Look | undefined;
  for (let look = 0; look < maxLooks; look += 1) {
    const subject = await bundleSubject(db, workspace);
    if (subject === undefined) return { type: 'over' };
    if (subject.isBusy) return { type: 'busy', draft: making.open };
    const now = await lookAt(context, folder, seen);
    if (now.chosen.bytes > context.maxBytes) {
      const { tenant } = subject;
      const own = token ?? (await writeToken(folder));
      return { type: 'too-large', bytes: now.chosen.bytes, token: own, tenant };
    }
    if (now === seen && (await save(context, making, { subject, ...now }))) return { type: 'kept' };
    seen = now;
    await making.open.draft.read(making.workspace, now.chosen.taken, making.before);
  }
  return { type: 'busy', draft: making.open };
}

/** What a workspace was at one moment. */
interface Look {
  readonly listing: Buffer;
  readonly chosen: ChosenEntries;
}

/** Looks at a workspace; gives `seen` back when it is as it was then. */
async function lookAt(context: BundleContext, folder: string, seen?: Look): Promise<Look> {
  const listing = await listWorkspace(context.programs, folder);
  if (seen?.listing.equals(listing) === true) return seen;
  return { listing, chosen: chooseEntries(await readListing(listing), context) };
}

interface Making {
  readonly workspace: BundledWorkspace & { readonly uid: number };
  readonly kept: KeptWorkspace | undefined;
  readonly open: OpenDraft;
  /** Marks by path of the listing that the part is compared with. */
  readonly before: ReadonlyMap<string, string>;
}

async function begin(
  context: BundleContext,
  { workspace, kept }: Pick<Making, 'workspace' | 'kept'>,
  open: OpenDraft | undefined,
): Promise<Making> {
  const { kind, listing } = await compared(context, workspace.folder, kept?.parts ?? []);
  const known = chooseEntries(await readListing(listing), context).taken;
  const before = new Map(known.map(({ path, mark }) => [path, mark]));
  const behind = kept?.parts.at(-1);
  const isSame = open !== undefined && open.kind === kind && open.behind === behind;
  const draft = isSame ? open : { draft: newDraft(context, workspace), kind, behind };
  return { workspace, kept, before, open: draft };
}

/** What the next part is compared with. */
async function compared(
  context: BundleContext,
  folder: string,
  parts: readonly string[],
): Promise<{ readonly kind: PartKind; readonly listing: Buffer }> {
  const base = await keptListing(folder, parts[0]);
  const last = await keptListing(folder, parts.at(-1));
  const hasBase = base !== undefined;
  const kind = nextPartKind({ parts: parts.length, hasBase, hasLast: last !== undefined });
  if (kind === 'since-last' && last !== undefined) return { kind, listing: last };
  if (
    kind === 'since-base' &&
    base !== undefined &&
    !(await isAnotherBase(context, folder, base))
  ) {
    return { kind, listing: base };
  }
  return { kind: 'base', listing: Buffer.alloc(0) };
}

function newDraft({ db }: BundleContext, { runId }: BundledWorkspace): Draft {
  const tenant = runId.split('/')[1] ?? '';
  return new Draft(async (bytes) => putBlob(db, tenant, bytes));
}

async function isAnotherBase(
  context: BundleContext,
  folder: string,
  base: Buffer,
): Promise<boolean> {
  const known = new Map((await readListing(base)).map(({ path, mark }) => [path, mark]));
  const { chosen: now } = await lookAt(context, folder);
  const changed = now.taken.filter(({ path, mark }) => known.get(path) !== mark);
  const bytes = changed.reduce((sum, { allocated }) => sum + allocated, 0);
  return isBaseWorthIt(bytes, now.bytes);
}

interface Seen extends Look {
  readonly subject: BundleSubject;
}

async function save(
  { db, host }: BundleContext,
  { workspace, kept, open, before }: Making,
  { subject, chosen, listing }: Seen,
): Promise<boolean> {
  const part = open.draft.part(chosen, before);
  if (part === undefined) return false;
  const { workspaceId, runId, folder } = workspace;
  const { tenant, behind, asOf } = subject;
  const hash = await putBlob(db, tenant, await encodePart(part));
  await keepListing(folder, hash, listing);
  const old = kept?.parts ?? [];
  const earlier = open.kind === 'base' ? [] : open.kind === 'since-base' ? old.slice(0, 1) : old;
  const parts = [...earlier, hash];
  const saved = await saveBundle(db, {
    workspaceId,
    tenant,
    runId,
    host,
    token: (await readToken(folder)) ?? (await writeToken(folder)),
    behind,
    asOf,
    parts,
    bytes: chosen.bytes,
    added: [...part.packs, hash],
    extends:
      open.kind === 'base' ? 'nothing' : open.kind === 'since-base' ? 'first-part' : 'all-parts',
    basePacks: open.kind === 'since-base' ? await packsOf(db, tenant, earlier) : [],
  });
  if (saved === 'saved') await forgetListings(folder, [parts[0] ?? hash, hash]);
  return saved === 'saved';
}

/** Blobs that these parts are made of, themselves included. */
async function packsOf(
  db: Database,
  tenant: string,
  parts: readonly string[],
): Promise<readonly string[]> {
  const all: string[] = [...parts];
  for (const hash of parts) {
    const bytes = await getBlob(db, tenant, hash);
    if (bytes !== undefined) all.push(...(await decodePart(bytes)).packs);
  }
  return all;
}
