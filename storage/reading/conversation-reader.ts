import type { ChatMessage } from '../../domain/models/chat.ts';
import { Conversations } from '../conversations/conversations.ts';
import type { Executor } from '../postgres/database.ts';

/** Every message up to a head, in order; undefined when a block is gone. */
export async function readConversation(
  db: Executor,
  tenant: string,
  head: string,
): Promise<readonly ChatMessage[] | undefined> {
  const loaded = await new Conversations().load(db, tenant, head);
  return loaded.type === 'loaded' ? loaded.messages : undefined;
}
