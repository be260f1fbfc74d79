import { reservationMicroUsd, type PriceTable } from '../../../domain/budget/price.ts';
import type { ChatMessage, ToolSpec } from '../../../domain/models/chat.ts';
import type { ModelEntry } from '../../../domain/models/model-entry-schema.ts';
import { priceOf } from '../openai/usage-of-call.ts';

/** Characters of a token, for an estimate before the back end has counted. */
const charactersPerToken = 4;
/** Tokens of an answer that is not limited, for an estimate. */
const answerTokens = 4_096;

/** What a call will need, before it is made. */
export interface CallEstimate {
  readonly tokensIn: number;
  /** Longest answer, in tokens. */
  readonly maxTokens: number;
  /** Null when the price of the model is unknown. */
  readonly microUsd: number | null;
}

/** Estimates a call from the length of what is sent and the longest answer. */
export function estimateCall(
  entry: ModelEntry,
  sent: { readonly messages: readonly ChatMessage[]; readonly tools: readonly ToolSpec[] },
  prices: PriceTable,
): CallEstimate {
  const characters = lengthOf(sent.messages) + lengthOfTools(sent.tools);
  const tokensIn = Math.ceil(characters / charactersPerToken);
  const maxTokens = entry.params.maxTokens ?? answerTokens;
  const price = priceOf(entry, prices);
  return { tokensIn, maxTokens, microUsd: reservationMicroUsd(price, { tokensIn, maxTokens }) };
}

const toolLengths = new WeakMap<readonly ToolSpec[], number>();

function lengthOfTools(tools: readonly ToolSpec[]): number {
  const known = toolLengths.get(tools) ?? JSON.stringify(tools).length;
  toolLengths.set(tools, known);
  return known;
}

function lengthOf(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, message) => sum + lengthOfOne(message), 0);
}

function lengthOfOne(message: ChatMessage): number {
  if (message.role !== 'assistant') return message.content.length;
  const calls = message.toolCalls.reduce(
    (sum, call) => sum + call.name.length + call.arguments.length,
    0,
  );
  return (message.text?.length ?? 0) + calls;
}
