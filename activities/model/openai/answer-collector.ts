import type OpenAI from 'openai';

import { isJsonObject } from '../../../domain/json.ts';
import type { AssistantMessage, FinishReason, RequestedCall } from '../../../domain/models/chat.ts';
import type { ChatDelta } from '../model-gateway.ts';

type Chunk = OpenAI.ChatCompletionChunk;
/** Fields that servers add to the API: reasoning has two names. */
type Delta = OpenAI.ChatCompletionChunk.Choice.Delta & {
  readonly reasoning_content?: unknown;
  readonly reasoning?: unknown;
};
type CallDelta = OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall;

/** Longest answer that is collected, in characters: far above any model's output limit. */
const maxAnswerLength = 4 * 1024 * 1024;

interface OpenCall {
  id: string;
  name: string;
  arguments: string;
  readonly wireIndex: number;
}

/** Puts the chunks of one streamed answer together. */
export class AnswerCollector {
  readonly #onDelta: (delta: ChatDelta) => void;
  readonly #calls: OpenCall[] = [];
  #text = '';
  #reasoning = '';
  #length = 0;
  #finishReason: string | undefined;
  #usage: OpenAI.CompletionUsage | undefined;
  #model: string | undefined;

  constructor(onDelta: (delta: ChatDelta) => void) {
    this.#onDelta = onDelta;
  }

  /** Takes the next chunk. It comes from outside: what does not fit the API is left out. */
  add(chunk: Chunk): void {
    if (!isJsonObject(chunk)) return;
    if (typeof chunk.model === 'string' && chunk.model !== '') this.#model = chunk.model;
    if (isUsage(chunk.usage)) this.#usage = chunk.usage;
    const choice = Array.isArray(chunk.choices) ? chunk.choices[0] : undefined;
    if (!isJsonObject(choice)) return;
    if (isJsonObject(choice.delta)) this.#addDelta(choice.delta);
    if (typeof choice.finish_reason === 'string') this.#finishReason = choice.finish_reason;
  }

  get message(): AssistantMessage {
    const toolCalls = this.#calls.map((call, index): RequestedCall => ({
      id: call.id === '' ? `call_${index}` : call.id,
      name: call.name,
      arguments: call.arguments,
    }));
    return { role: 'assistant', ...(this.#text === '' ? {} : { text: this.#text }), toolCalls };
  }

  /** All that the model wrote, reasoning included: what an own token count works on. */
  get written(): string {
    const calls = this.#calls.map((call) => `${call.name}${call.arguments}`);
    return [this.#reasoning, this.#text, ...calls].join('\n');
  }

  /** Undefined when the stream never said why it ended: the answer was cut. */
  get finishReason(): FinishReason | undefined {
    if (this.#finishReason === undefined) return undefined;
    return finishReasons.get(this.#finishReason) ?? 'other';
  }

  /** The finish reason in the endpoint's own word. */
  get rawFinishReason(): string | undefined {
    return this.#finishReason;
  }

  get usage(): OpenAI.CompletionUsage | undefined {
    return this.#usage;
  }

  get model(): string | undefined {
    return this.#model;
  }

  get isTooLong(): boolean {
    return this.#length > maxAnswerLength;
  }

  #addDelta(delta: Delta): void {
    // A refusal is text for the reader like any other.
    const text = `${textOf(delta.content)}${textOf(delta.refusal)}`;
    const reasoning = textOf(delta.reasoning_content) || textOf(delta.reasoning);
    this.#text += text;
    this.#reasoning += reasoning;
    this.#length += text.length + reasoning.length;
    if (reasoning !== '') this.#onDelta({ type: 'reasoning', text: reasoning });
    if (text !== '') this.#onDelta({ type: 'text', text });
    const calls = Array.isArray(delta.tool_calls) ? delta.tool_calls : [];
    for (const call of calls.filter(isJsonObject)) this.#addCall(call);
  }

  #addCall(delta: CallDelta): void {
    const { call, index } = this.#openCall(delta);
    const name = textOf(delta.function?.name);
    const text = textOf(delta.function?.arguments);
    if (call.id === '') call.id = textOf(delta.id);
    if (name !== '' && call.name === '') {
      call.name = name;
      this.#onDelta({ type: 'tool-call', index, toolName: name });
    }
    call.arguments += text;
    this.#length += text.length;
    if (text !== '') this.#onDelta({ type: 'tool-arguments', index, text });
  }

  // Some servers send several calls all with index 0, or with none: another id and name then means another call.
  #openCall(delta: CallDelta): { readonly call: OpenCall; readonly index: number } {
    const wireIndex = delta.index ?? Math.max(0, this.#calls.length - 1);
    const found = this.#calls.findLastIndex((call) => call.wireIndex === wireIndex);
    const open = this.#calls[found];
    if (open !== undefined && !isOtherCall(open, delta)) return { call: open, index: found };
    const call = { id: '', name: '', arguments: '', wireIndex };
    this.#calls.push(call);
    return { call, index: this.#calls.length - 1 };
  }
}

function isOtherCall(open: OpenCall, delta: CallDelta): boolean {
  const id = textOf(delta.id);
  return open.id !== '' && id !== '' && id !== open.id && textOf(delta.function?.name) !== '';
}

function isUsage(value: unknown): value is OpenAI.CompletionUsage {
  if (!isJsonObject(value)) return false;
  return (
    typeof value['prompt_tokens'] === 'number' && typeof value['completion_tokens'] === 'number'
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

const finishReasons: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'stop'],
  ['tool_calls', 'tool-calls'],
  ['function_call', 'tool-calls'],
  ['length', 'length'],
  ['content_filter', 'content-filter'],
]);
