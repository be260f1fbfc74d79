import { sql } from 'kysely';

import type { Executor } from '../postgres/database.ts';

/**
 * Keeps everybody else from writing runs, blocks and blobs until the transaction ends, so that nothing begins to refer to
 * what is just being found unneeded. Gives up before the server would take the wait for a deadlock (1 s by default).
 *
 * @throws lock_not_available (SQLSTATE 55P03) when others write for too long: try again later.
 */
export async function lockContents(tx: Executor): Promise<void> {
  await sql`set local lock_timeout = '500ms'`.execute(tx);
  await sql`lock table runs, blocks, blobs in share row exclusive mode`.execute(tx);
  await sql`set local lock_timeout = 0`.execute(tx);
}

/** True when a lock was not to be had in time. */
export function isLockBusy(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '55P03';
}
