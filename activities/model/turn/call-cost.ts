import { reservationMicroUsd, type PriceTable } from '../../../domain/budget/price.ts';
import type { ChatMessage, ToolSpec } from '../../../domain/models/chat.ts';
import type { ModelEntry } from '../../../domain/models/model-entry-schema.ts';
import { longestAnswer } from '../../../domain/models/longest-answer.ts';
import { priceOf } from '../openai/usage-of-call.ts';

/**
 * Bytes of a token, for an estimate before the back end has counted: one that is rather too high. English has about four
 * bytes a token in the usual vocabularies, Chinese, Japanese and numbers have three, random text has less.
 */
const bytesPerToken = 3;

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
  const bytes = lengthOf(sent.messages) + lengthOfTools(sent.tools);
  const tokensIn = Math.ceil(bytes / bytesPerToken);
  const maxTokens = longestAnswer(entry);
  const price = priceOf(entry, prices);
  return { tokensIn, maxTokens, microUsd: reservationMicroUsd(price, { tokensIn, maxTokens }) };
}

const toolLengths = new WeakMap<readonly ToolSpec[], number>();
/** A conversation is sent anew each turn, and its messages never change. */
const messageLengths = new WeakMap<ChatMessage, number>();

function lengthOfTools(tools: readonly ToolSpec[]): number {
  const known = toolLengths.get(tools) ?? Buffer.byteLength(JSON.stringify(tools));
  toolLengths.set(tools, known);
  return known;
}

function lengthOf(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, message) => {
    const known = messageLengths.get(message) ?? lengthOfOne(message);
    messageLengths.set(message, known);
    return sum + known;
  }, 0);
}

function lengthOfOne(message: ChatMessage): number {
  if (message.role !== 'assistant') return Buffer.byteLength(message.content);
  const calls = message.toolCalls.map((call) => call.name + call.arguments);
  return Buffer.byteLength([message.text ?? '', ...calls].join(''));
}
