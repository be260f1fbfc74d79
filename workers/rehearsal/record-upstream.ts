import type { IncomingMessage, ServerResponse } from 'node:http';

import type OpenAI from 'openai';

import { AnswerCollector } from '../../activities/model/openai/answer-collector.ts';
import { redactSecrets } from '../../activities/model/redact-key.ts';
import { canonicalRequest, requestKey } from './canonical-request.ts';
import type { ChatCompletionRequest } from './chat-request.ts';
import type { Recording } from './recordings.ts';

/** The real endpoint behind a recording. */
export interface Upstream {
  /** Base address, `/v1` included. */
  readonly url: string;
  /** Absent: the client's own Authorization header is passed on. */
  readonly apiKey?: string;
}

/** What went through a proxied call. */
export interface Proxied {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** An exchange to be passed on. */
export interface ProxiedExchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: string | undefined;
}

/** Passes a request on to the real endpoint and its answer back as it comes. `whenComplete` runs before the end. */
export async function proxy(
  upstream: Upstream,
  { incoming, body, response }: ProxiedExchange,
  whenComplete: (proxied: Proxied) => Promise<void>,
): Promise<void> {
  const path = (incoming.url ?? '').replace(/^\/v1/, '');
  const key = keyOf(upstream, incoming);
  const answer = await fetch(`${upstream.url.replace(/\/$/, '')}${path}`, {
    method: incoming.method ?? 'GET',
    headers: {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const contentType = answer.headers.get('content-type') ?? 'application/json';
  response.writeHead(answer.status, { 'content-type': contentType, ...passedOn(answer.headers) });
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of answer.body ?? []) {
    response.write(bytes);
    text += decoder.decode(bytes, { stream: true });
  }
  await whenComplete({ status: answer.status, contentType, text });
  response.end();
}

/** The key that an upstream call carries: our own, else the client's. */
export function keyOf(upstream: Upstream, incoming: IncomingMessage): string | undefined {
  return upstream.apiKey ?? incoming.headers.authorization?.replace(/^Bearer\s+/i, '');
}

function passedOn(headers: Headers): { readonly [name: string]: string } {
  const names = ['retry-after', 'retry-after-ms', 'x-should-retry', 'x-litellm-response-cost'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

/** Makes a recording of a finished answer, redacted; undefined for refusals and answers that were cut. */
export function toRecording(
  request: ChatCompletionRequest,
  proxied: Proxied,
  apiKey: string | undefined,
): Recording | undefined {
  if (proxied.status !== 200) return undefined;
  const reply = proxied.contentType.includes('event-stream')
    ? fromStream(proxied.text)
    : fromBody(proxied.text);
  if (reply === undefined) return undefined;
  const canonical = canonicalRequest(request);
  const recording = { schemaVersion: 1, key: requestKey(canonical), request: canonical, reply };
  return JSON.parse(redactSecrets(JSON.stringify(recording), apiKey));
}

function fromStream(text: string): Recording['reply'] | undefined {
  const collector = new AnswerCollector(() => undefined);
  for (const line of text.split('\n')) {
    const data = line.startsWith('data:') ? line.slice(5).trim() : '';
    if (data !== '' && data !== '[DONE]') collector.add(JSON.parse(data));
  }
  const { message, rawFinishReason, usage, model } = collector;
  if (rawFinishReason === undefined) return undefined;
  return {
    model: model ?? '',
    ...(message.text === undefined ? {} : { text: message.text }),
    toolCalls: [...message.toolCalls],
    finishReason: rawFinishReason,
    ...(usage === undefined ? {} : { usage: { ...usage } }),
  };
}

// A whole answer is read as a stream of one chunk: its message has the fields of a delta.
function fromBody(text: string): Recording['reply'] | undefined {
  const body: OpenAI.ChatCompletion = JSON.parse(text);
  const choices = body.choices.map(({ message, ...choice }) => ({
    ...choice,
    delta: {
      ...message,
      tool_calls: message.tool_calls?.map((call, index) => ({ ...call, index })),
    },
  }));
  return fromStream(`data: ${JSON.stringify({ ...body, choices })}`);
}
