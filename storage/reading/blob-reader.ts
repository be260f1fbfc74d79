import { getBlob } from '../blobs/blobs.ts';
import type { Executor } from '../postgres/database.ts';

/** The patch of a run that has ended; empty when it changed nothing. */
export async function readPatch(
  db: Executor,
  tenant: string,
  hash: string | null,
): Promise<Buffer> {
  if (hash === null) return Buffer.alloc(0);
  return (await getBlob(db, tenant, hash)) ?? Buffer.alloc(0);
}

/** A blob as it is; undefined when there is none. */
export async function readBytes(
  db: Executor,
  tenant: string,
  hash: string,
): Promise<Buffer | undefined> {
  return getBlob(db, tenant, hash);
}

/** A text blob; null when there is none. */
export async function readText(
  db: Executor,
  tenant: string,
  hash: string | null,
): Promise<string | null> {
  if (hash === null) return null;
  return (await getBlob(db, tenant, hash))?.toString('utf8') ?? null;
}
