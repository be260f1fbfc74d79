import { HoldfastError } from '../../../domain/failures.ts';
import type { ChatMessage } from '../../../domain/models/chat.ts';
import { readConversation, readLastAnswers, type RunRow } from '../../../storage/readers.ts';
import type { TranscriptEntry } from '../../runs-client.ts';
import type { LocalConnection } from '../local-connection.ts';
import { translated } from '../translate-error.ts';

/** Everything that was said in a run, the answers of its last calls included. */
export async function transcript(
  { db, tenant }: LocalConnection,
  { run_id: runId, head, turn }: Pick<RunRow, 'run_id' | 'head' | 'turn'>,
): Promise<readonly TranscriptEntry[]> {
  return translated('the conversation', async () => {
    const messages = await readConversation(db, tenant, head);
    if (messages === undefined) {
      throw new HoldfastError('internal', 'a block of the conversation is gone');
    }
    const last = messages.at(-1);
    const answers =
      last?.role === 'assistant' && last.toolCalls.length > 0
        ? await readLastAnswers(db, { tenant, runId, turn })
        : [];
    const names = last?.role === 'assistant' ? last.toolCalls.map(({ name }) => name) : [];
    return [
      ...messages.map((message) => entryOf(message)),
      ...answers.map(({ callId, index, code, text }): TranscriptEntry => ({
        role: 'tool',
        callId,
        text:
          code === 'ok'
            ? text
            : `toolName: ${names[index] ?? ''}\nerrorType: ${code}\nerrorMessage: ${text}`,
      })),
    ];
  });
}

function entryOf(message: ChatMessage): TranscriptEntry {
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, text: message.content };
    case 'tool': {
      const { callId, content } = message;
      return { role: 'tool', text: content, ...(callId === undefined ? {} : { callId }) };
    }
    case 'assistant': {
      const toolCalls = message.toolCalls.map(({ name, arguments: args }) => ({
        name,
        arguments: args,
      }));
      return { role: 'assistant', text: message.text ?? '', toolCalls };
    }
  }
}
