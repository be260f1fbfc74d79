import type OpenAI from 'openai';

import { isJsonObject } from '../../../domain/json.ts';
import type { ChatMessage, RequestedCall, ToolSpec } from '../../../domain/models/chat.ts';
import { longestAnswer } from '../../../domain/models/longest-answer.ts';
import type { ChatRequest } from '../model-gateway.ts';

type ChatBody = OpenAI.ChatCompletionCreateParamsStreaming;

/** Builds the request body: streamed, with usage, tools only where some are offered. */
export function chatBody(request: ChatRequest): ChatBody {
  const { entry, messages, tools } = request;
  const maxTokens = request.maxTokens ?? longestAnswer(entry);
  return {
    model: entry.model,
    messages: messages.map(knownWireMessage),
    stream: true,
    stream_options: { include_usage: true },
    ...(tools.length === 0 ? {} : { tools: tools.map(wireTool) }),
    ...(entry.params.temperature === undefined ? {} : { temperature: entry.params.temperature }),
    ...(entry.params.seed === undefined ? {} : { seed: entry.params.seed }),
    ...tokenLimit(entry.baseUrl, maxTokens),
  };
}

/** Keeps only what every server knows, for one that refused the full body. */
export function minimalBody({ model, messages, tools, max_tokens }: ChatBody): ChatBody {
  return {
    model,
    messages,
    stream: true,
    ...(tools === undefined ? {} : { tools }),
    // What was set aside for the answer holds here too.
    ...(max_tokens === undefined ? {} : { max_tokens }),
  };
}

// OpenAI's own models refuse max_tokens, and few other servers know its successor.
function tokenLimit(baseUrl: string, maxTokens: number): Partial<ChatBody> {
  return new URL(baseUrl).hostname === 'api.openai.com'
    ? { max_completion_tokens: maxTokens }
    : { max_tokens: maxTokens };
}

/** A conversation is sent anew each turn, and its messages never change. */
const wireMessages = new WeakMap<ChatMessage, OpenAI.ChatCompletionMessageParam>();

function knownWireMessage(message: ChatMessage): OpenAI.ChatCompletionMessageParam {
  const known = wireMessages.get(message) ?? wireMessage(message);
  wireMessages.set(message, known);
  return known;
}

function wireMessage(message: ChatMessage): OpenAI.ChatCompletionMessageParam {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content };
    case 'user':
      return { role: 'user', content: message.content };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: message.content };
    case 'assistant':
      return message.toolCalls.length === 0
        ? { role: 'assistant', content: message.text ?? '' }
        : {
            role: 'assistant',
            content: message.text ?? null,
            tool_calls: message.toolCalls.map(wireCall),
          };
  }
}

function wireCall(call: RequestedCall): OpenAI.ChatCompletionMessageFunctionToolCall {
  return {
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: objectText(call.arguments) },
  };
}

// Several servers parse the arguments of earlier calls and answer 400 for ever when one of them was malformed.
function objectText(text: string): string {
  try {
    if (isJsonObject(JSON.parse(text))) return text;
  } catch {
    return JSON.stringify({ malformed: text });
  }
  return JSON.stringify({ malformed: text });
}

function wireTool({ name, description, parameters }: ToolSpec): OpenAI.ChatCompletionFunctionTool {
  return { type: 'function', function: { name, description, parameters } };
}
