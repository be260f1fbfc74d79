import { sql } from 'kysely';

import type { Hash } from '../../domain/json.ts';
import type { ChatMessage } from '../../domain/models/chat.ts';
import { hashJson } from '../hashing.ts';
import type { Executor } from '../postgres/database.ts';

/** One immutable piece of a conversation: the messages that one turn added, and the hash of the block before. */
export interface Block {
  readonly parent: Hash | null;
  /** In order; never empty. */
  readonly messages: readonly ChatMessage[];
}

/** A conversation that was read, or the hash of the block that is gone. */
export type LoadedConversation =
  | { readonly type: 'loaded'; readonly messages: readonly ChatMessage[] }
  | { readonly type: 'missing'; readonly blob: Hash };

/** Conversations kept in memory: blocks never change, so what was read once stays right. */
const maxCached = 200;

/** Reads and writes conversations as chains of blocks. */
export class Conversations {
  readonly #cache = new Map<string, readonly ChatMessage[]>();

  /** Stores a block; storing it again changes nothing. Returns its hash, the new head. */
  async put(db: Executor, tenant: string, block: Block): Promise<Hash> {
    const hash = hashJson(block);
    await db
      .insertInto('blocks')
      .values({ tenant, hash, parent: block.parent, body: JSON.stringify(block.messages) })
      .onConflict((conflict) => conflict.columns(['tenant', 'hash']).doNothing())
      .execute();
    return hash;
  }

  /** Remembers a conversation whose newest block was just committed. */
  remember(tenant: string, head: Hash, messages: readonly ChatMessage[]): void {
    this.#cache.set(`${tenant}/${head}`, messages);
    const oldest = this.#cache.keys().next();
    if (this.#cache.size > maxCached && oldest.done !== true) this.#cache.delete(oldest.value);
  }

  /** Forgets a conversation that another one has grown out of. */
  forget(tenant: string, head: Hash): void {
    this.#cache.delete(`${tenant}/${head}`);
  }

  /** Every message from the first block to the head, in order. */
  async load(db: Executor, tenant: string, head: Hash): Promise<LoadedConversation> {
    const cached = this.#cache.get(`${tenant}/${head}`);
    if (cached !== undefined) return { type: 'loaded', messages: cached };
    const blocks = await readChain(db, tenant, head);
    const oldest = blocks[0];
    if (oldest === undefined) return { type: 'missing', blob: head };
    if (oldest.parent !== null) return { type: 'missing', blob: oldest.parent };
    const messages = blocks.flatMap((block) => block.body);
    this.remember(tenant, head, messages);
    return { type: 'loaded', messages };
  }
}

/** The messages of one block; undefined when it is gone. */
export async function getBlock(
  db: Executor,
  tenant: string,
  hash: Hash,
): Promise<readonly ChatMessage[] | undefined> {
  const row = await db
    .selectFrom('blocks')
    .select('body')
    .where('tenant', '=', tenant)
    .where('hash', '=', hash)
    .executeTakeFirst();
  // The column is written by this folder only.
  return row?.body as readonly ChatMessage[] | undefined;
}

interface ChainRow {
  readonly parent: string | null;
  readonly body: readonly ChatMessage[];
}

async function readChain(db: Executor, tenant: string, head: Hash): Promise<readonly ChainRow[]> {
  const { rows } = await sql<ChainRow>`
    with recursive chain as (
      select hash, parent, body::text as body, 0 as depth from blocks where tenant = ${tenant} and hash = ${head}
      union all
      select b.hash, b.parent, b.body::text, chain.depth + 1 from blocks b join chain on b.hash = chain.parent
      where b.tenant = ${tenant})
    select parent, body::json as body from chain order by depth desc`.execute(db);
  return rows;
}
