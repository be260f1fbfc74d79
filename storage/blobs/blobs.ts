import type { Hash } from '../../domain/json.ts';
import { hashBytes } from '../hashing.ts';
import type { Executor } from '../postgres/database.ts';

/** A blob that is used anew is as young as a new one; it is written only when it is older than this. Milliseconds. */
const touchMs = 60 * 60 * 1_000;

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
    .onConflict((conflict) =>
      // It is used anew: who looks for what nobody names has to leave it for a while.
      conflict
        .columns(['tenant', 'hash'])
        .doUpdateSet({ created_at: new Date() })
        .where('blobs.created_at', '<', new Date(Date.now() - touchMs)),
    )
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
