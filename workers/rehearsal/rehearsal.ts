import type { IncomingMessage, ServerResponse } from 'node:http';

import { z } from 'zod';

import { HoldfastError } from '../../domain/failures.ts';
import type { Answer } from './answer.ts';
import { canonicalRequest, requestKey } from './canonical-request.ts';
import { chatRequestSchema, positionOf } from './chat-request.ts';
import type { ChatCompletionRequest } from './chat-request.ts';
import { playScript } from './play-script.ts';
import { keyOf, proxy, toRecording } from './record-upstream.ts';
import type { Upstream } from './record-upstream.ts';
import { playRecording, writeRecording } from './recordings.ts';
import type { Recording } from './recordings.ts';
import type { RehearsalOptions } from './rehearsal-options.ts';
import { RequestLog } from './request-log.ts';
import type { ReceivedRequest } from './request-log.ts';
import type { Script } from './script-schema.ts';
import { sendAnswer, sendJson } from './send-answer.ts';
import { embeddingAnswer } from './stub-embeddings.ts';

/** Longest request body, in bytes. */
const maxBodyBytes = 64 * 1024 * 1024;

/** One HTTP exchange with its body read. */
interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly text: string;
  readonly body: unknown;
}

/** The routes of a rehearsal server. Holds no conversation: only how often each exact request came. */
export class Rehearsal {
  readonly log: RequestLog;
  readonly #scripts: readonly Script[];
  readonly #recordings: Map<string, Recording>;
  readonly #options: RehearsalOptions;
  readonly #asked = new Map<string, number>();

  constructor(
    scripts: readonly Script[],
    recordings: Map<string, Recording>,
    options: RehearsalOptions,
  ) {
    this.log = new RequestLog(options.keepRequests ?? 1_000);
    this.#scripts = scripts;
    this.#recordings = recordings;
    this.#options = options;
  }

  reset(): void {
    this.log.clear();
    this.#asked.clear();
  }

  /** Answers one request; never rejects. */
  async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const text = await readBody(incoming);
      await this.#route({ incoming, response, text, body: parseJson(text) });
    } catch (error) {
      sendFailure(response, error);
    }
  }

  async #route(exchange: Exchange): Promise<void> {
    const { incoming, response, body } = exchange;
    const route = `${incoming.method} ${pathOf(incoming)}`;
    if (route === 'POST /v1/chat/completions') return await this.#chat(exchange);
    if (route === 'POST /v1/embeddings') {
      this.#note(exchange, 'embedded');
      return sendJson(response, { status: 200, body: embeddingAnswer(body) });
    }
    if (route === 'GET /v1/models' || route === 'GET /health') {
      this.#note(exchange, 'listed');
      return await this.#list(exchange);
    }
    this.#note(exchange, 'refused');
    const error = { message: `no route ${route}`, code: 'not_found' };
    return sendJson(response, { status: 404, body: { error } });
  }

  async #chat(exchange: Exchange): Promise<void> {
    const parsed = chatRequestSchema.safeParse(exchange.body);
    if (!parsed.success) {
      this.#note(exchange, 'refused');
      throw parsed.error;
    }
    const request = parsed.data;
    const upstream = this.#upstreamFor(request);
    if (upstream !== undefined) {
      this.#note(exchange, 'proxied');
      return await this.#proxied(upstream, exchange, request);
    }
    const answer = this.#answer(request);
    this.#note(exchange, answer.type);
    await sendAnswer(exchange.response, answer, {
      isStreamed: request.stream === true,
      includesUsage: request.stream_options?.include_usage === true,
      tokenDelayMs: this.#options.tokenDelayMs ?? 0,
      id: `chatcmpl-rehearsal-${positionOf(request)}`,
    });
  }

  #answer(request: ChatCompletionRequest): Answer {
    if (this.#scripts.length === 0) return playRecording(this.#recordings, request);
    return playScript(this.#scripts, request, () => this.#timesAsked(request));
  }

  #timesAsked(request: ChatCompletionRequest): number {
    const key = requestKey(canonicalRequest(request));
    const asked = this.#asked.get(key) ?? 0;
    this.#asked.set(key, asked + 1);
    return asked;
  }

  #upstreamFor(request: ChatCompletionRequest): Upstream | undefined {
    const { recordings } = this.#options;
    if (recordings === undefined || recordings.mode === 'replay_or_fail') return undefined;
    if (recordings.mode === 'record') return recordings.upstream;
    const isKnown = this.#recordings.has(requestKey(canonicalRequest(request)));
    return isKnown ? undefined : recordings.upstream;
  }

  async #proxied(
    upstream: Upstream,
    { incoming, response, text }: Exchange,
    request: ChatCompletionRequest,
  ): Promise<void> {
    const { recordings } = this.#options;
    // The answer ends when its recording is written, so that whoever saw the end can rely on the file.
    await proxy(upstream, { incoming, response, body: text }, async (proxied) => {
      if (recordings?.mode !== 'record') return;
      const recording = toRecording(request, proxied, keyOf(upstream, incoming));
      if (recording === undefined) return;
      this.#recordings.set(recording.key, recording);
      await writeRecording(recordings.directory, recording);
    });
  }

  async #list({ incoming, response }: Exchange): Promise<void> {
    const { recordings } = this.#options;
    if (recordings?.mode === 'record') {
      const exchange = { incoming, response, body: undefined };
      return await proxy(recordings.upstream, exchange, () => Promise.resolve());
    }
    return sendJson(response, { status: 200, body: this.#models() });
  }

  #models(): object {
    const names = new Set([
      ...this.#scripts.map(({ model }) => model),
      ...[...this.#recordings.values()].map(({ reply }) => reply.model),
      'rehearsal-embedding',
    ]);
    const data = [...names].map((id) => ({
      id,
      object: 'model',
      created: 0,
      owned_by: 'rehearsal',
    }));
    return { object: 'list', data };
  }

  #note({ incoming, body }: Exchange, answered: ReceivedRequest['answered']): void {
    this.log.add({
      method: incoming.method ?? 'GET',
      path: pathOf(incoming),
      headers: incoming.headers,
      body,
      answered,
    });
  }
}

function pathOf({ url }: IncomingMessage): string {
  return (url ?? '/').split('?')[0] ?? '/';
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > maxBodyBytes)
      throw new HoldfastError('payload_too_large', 'the request is over 64 MiB');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sendFailure(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const isBadRequest = error instanceof z.ZodError;
  const message = isBadRequest
    ? `the request does not fit: ${z.prettifyError(error)}`
    : `the rehearsal failed: ${error instanceof Error ? error.message : 'unknown error'}`;
  const code = isBadRequest ? 'invalid_argument' : 'internal';
  sendJson(response, { status: isBadRequest ? 400 : 502, body: { error: { message, code } } });
}
