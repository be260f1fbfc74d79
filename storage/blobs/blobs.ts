import type { Hash } from '../../domain/json.ts';
import { hashBytes } from '../hashing.ts';
import type { Executor } from '../postgres/database.ts';

/** Stores bytes under their hash; storing the same again changes nothing. Returns the hash. */
export async function putBlob(
  db: Executor,
  tenant: string,
  content: Uint8Array | string,
): Promise<Hash> {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : Buffer.from(content);
  const hash = hashBytes(bytes);
  await db
    .insertInto('blobs')
    .values({ tenant, hash, bytes })
    .onConflict((conflict) => conflict.columns(['tenant', 'hash']).doNothing())
    .execute();
  return hash;
}

/** The bytes of a blob, or undefined when it is gone. */
export async function getBlob(
  db: Executor,
  tenant: string,
  hash: Hash,
): Promise<Buffer | undefined> {
  const row = await db
    .selectFrom('blobs')
    .select('bytes')
    .where('tenant', '=', tenant)
    .where('hash', '=', hash)
    .executeTakeFirst();
  return row?.bytes;
}

/** True when a blob is there. */
export async function hasBlob(db: Executor, tenant: string, hash: Hash): Promise<boolean> {
  const row = await db
    .selectFrom('blobs')
    .select('hash')
    .where('tenant', '=', tenant)
    .where('hash', '=', hash)
    .executeTakeFirst();
  return row !== undefined;
}

/** The texts of several blobs by hash; those that are gone are missing from the map. */
export async function getTexts(
  db: Executor,
  tenant: string,
  hashes: readonly Hash[],
): Promise<ReadonlyMap<Hash, string>> {
  if (hashes.length === 0) return new Map();
  const rows = await db
    .selectFrom('blobs')
    .select(['hash', 'bytes'])
    .where('tenant', '=', tenant)
    .where('hash', 'in', [...hashes])
    .execute();
  return new Map(rows.map((row) => [row.hash, row.bytes.toString('utf8')]));
}
