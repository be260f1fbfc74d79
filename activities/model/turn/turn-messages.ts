import type { InjectedMessage } from '../../../domain/agent/agent-state.ts';
import { engineAuthor } from '../../../domain/agent/engine-author.ts';
import type { Hash } from '../../../domain/json.ts';
import type { ChatMessage, RequestedCall } from '../../../domain/models/chat.ts';
import { contentOrigin, type ContentOrigin } from '../../../domain/policy/content-origin.ts';
import { callIndex } from '../../../domain/run/ids.ts';
import type { CallOutcome } from '../../../domain/tools/call-outcome.ts';
import { failureText } from '../../../domain/tools/result-text.ts';

/** The messages that a turn adds before the model is asked, or what is missing for them. */
export type TurnMessages =
  | { readonly type: 'complete'; readonly messages: readonly ChatMessage[] }
  | {
      readonly type: 'missing';
      readonly calls: readonly string[];
      readonly blobs: readonly Hash[];
    };

/**
 * Makes what stands between the last answer and the next: the results of its calls in the model's order, then what
 * people added. `texts` holds the stored texts by hash.
 */
export function turnMessages(
  conversation: readonly ChatMessage[],
  {
    settled,
    messages,
    texts,
  }: {
    readonly settled: readonly CallOutcome[];
    readonly messages: readonly InjectedMessage[];
    readonly texts: ReadonlyMap<Hash, string>;
  },
): TurnMessages {
  const calls = settled.filter(({ result }) => result !== undefined && !texts.has(result));
  if (calls.length > 0) {
    return { type: 'missing', calls: calls.map(({ callId }) => callId), blobs: [] };
  }
  const asked = lastCalls(conversation);
  const results = settled.flatMap((outcome): ChatMessage[] => {
    const call = asked[callIndex(outcome.callId)];
    if (call === undefined) return [];
    const content = resultText(call, outcome, texts);
    const { callId } = outcome;
    return [{ role: 'tool', callId, toolCallId: call.id, content, ...originOf(call, outcome) }];
  });
  const added = messages.map((message): ChatMessage => ({
    role: 'user',
    content: spoken(message, texts),
  }));
  return { type: 'complete', messages: [...results, ...added] };
}

/** Nothing for tools that never bring anything from outside, so that their messages stay as short as they were. */
function originOf(
  call: RequestedCall,
  outcome: CallOutcome,
): { readonly origin?: ContentOrigin | 'first-party' } {
  if (contentOrigin(call) === undefined) return {};
  return { origin: contentOrigin(call, outcome) ?? 'first-party' };
}

function lastCalls(conversation: readonly ChatMessage[]): readonly RequestedCall[] {
  const last = conversation.at(-1);
  return last?.role === 'assistant' ? last.toolCalls : [];
}

function resultText(
  call: RequestedCall,
  outcome: CallOutcome,
  texts: ReadonlyMap<Hash, string>,
): string {
  const text = outcome.text ?? texts.get(outcome.result ?? '') ?? '';
  if (outcome.status === 'ok') return text;
  return failureText(call.name, outcome.code ?? outcome.status, text);
}

function spoken(message: InjectedMessage, texts: ReadonlyMap<Hash, string>): string {
  // Anybody can send a hash that stands for nothing: it must not stop the run, and it is not passed over either.
  const text = message.text ?? texts.get(message.blob ?? '') ?? '(the text of it cannot be found)';
  return message.author === engineAuthor ? text : `Message from ${message.author}:\n${text}`;
}
