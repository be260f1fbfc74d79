import { sql } from 'kysely';

import type { Executor } from '../postgres/database.ts';

/**
 * Deletes the blocks that only these runs need: everything that leads to a block of theirs, but for what leads to the
 * head of another run that has its contents, or to a block outside. Runs share blocks when one was forked from the other,
 * or began with the same words. Call it under the lock of the contents. Returns how many.
 */
export async function deleteBlocksOf(
  tx: Executor,
  tenant: string,
  runIds: readonly string[],
): Promise<number> {
  const ids = [...runIds];
  const { rows } = await sql<{ count: string }>`
    with recursive seeds as (
      select head as hash from runs where run_id = any(${ids})
      union select head_before from turns where run_id = any(${ids})
      union select answer->>'head' from turns where run_id = any(${ids}) and answer is not null),
    chain as (
      select b.hash, b.parent from blocks b join seeds on seeds.hash = b.hash where b.tenant = ${tenant}
      union
      select b.hash, b.parent from blocks b join chain on b.hash = chain.parent where b.tenant = ${tenant}),
    needed as (
      select c.hash, c.parent from chain c
      where exists (
          select from runs r
          where r.tenant = ${tenant} and r.head = c.hash and r.emptied_at is null and r.run_id <> all(${ids}))
        or exists (
          select from blocks child
          where child.tenant = ${tenant} and child.parent = c.hash and child.hash not in (select hash from chain))
      union
      select c.hash, c.parent from chain c join needed on c.hash = needed.parent),
    deleted as (
      delete from blocks
      where tenant = ${tenant} and hash in (select hash from chain except select hash from needed)
      returning hash)
    select count(*) from deleted`.execute(tx);
  return Number(rows[0]?.count ?? 0);
}
