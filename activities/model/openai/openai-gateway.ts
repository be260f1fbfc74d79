import OpenAI, { APIError } from 'openai';

import type { PriceTable } from '../../../domain/budget/price.ts';
import type { FinishReason } from '../../../domain/models/chat.ts';
import { ModelFault } from '../../../domain/models/model-fault.ts';
import type { FaultFacts } from '../../../domain/models/model-fault.ts';
import type { ModelEntry } from '../../../domain/models/model-entry-schema.ts';
import type { Usage } from '../../../domain/models/usage.ts';
import { AnswerCollector } from './answer-collector.ts';
import { chatBody, minimalBody } from './chat-body.ts';
import { classifyFault, truncatedFault, wasNeverSent } from './classify-fault.ts';
import type { FaultContext } from './classify-fault.ts';
import { ModelCallStopped } from '../model-gateway.ts';
import type { ChatRequest, ChatResult, ModelGateway } from '../model-gateway.ts';
import { isContextFull, lacksToolSupport } from './provider-words.ts';
import { readableErrors } from './readable-errors.ts';
import { usageOfCall } from './usage-of-call.ts';
import { startWatchdogs } from './watchdogs.ts';
import type { Watchdogs } from './watchdogs.ts';

/** Time without a chunk after which a stream counts as dead, in milliseconds. */
const defaultIdleMs = 60_000;
/** Header by which a rehearsal server says that no real model was asked. */
const rehearsalHeader = 'x-holdfast-rehearsal';

export interface OpenAiModelGatewayOptions {
  readonly prices: PriceTable;
  readonly idleMs?: number;
  /** Clock in milliseconds since 1970, for dates in Retry-After. */
  readonly now?: () => number;
  readonly fetch?: typeof fetch;
}

type ChatBody = OpenAI.ChatCompletionCreateParamsStreaming;

/** One call under way. */
interface Call {
  readonly request: ChatRequest;
  readonly body: ChatBody;
  readonly dogs: Watchdogs;
  readonly answer: AnswerCollector;
  headers: Headers | undefined;
  /** What the caller's own callback threw. */
  callbackError: { readonly error: unknown } | undefined;
}

/** Talks to any endpoint that speaks OpenAI chat completions. One attempt per call. */
export class OpenAiModelGateway implements ModelGateway {
  readonly #options: OpenAiModelGatewayOptions;
  readonly #clients = new Map<string, OpenAI>();

  constructor(options: OpenAiModelGatewayOptions) {
    this.#options = options;
  }

  readonly chat = async (request: ChatRequest): Promise<ChatResult> => {
    const dogs = startWatchdogs({
      totalMs: request.timeoutMs ?? request.entry.timeoutSeconds * 1_000,
      idleMs: this.#options.idleMs ?? defaultIdleMs,
      caller: request.signal,
    });
    const answer = new AnswerCollector((delta) => {
      try {
        request.onDelta?.(delta);
      } catch (error) {
        call.callbackError = { error };
        throw error;
      }
    });
    const call: Call = {
      request,
      body: chatBody(request),
      dogs,
      answer,
      headers: undefined,
      callbackError: undefined,
    };
    try {
      await this.#read(call);
      return this.#result(call);
    } catch (error) {
      throw this.#broken(call, error);
    } finally {
      dogs.stop();
    }
  };

  async #read(call: Call): Promise<void> {
    const stream = await this.#open(call);
    for await (const chunk of stream) {
      call.dogs.beat();
      call.answer.add(chunk);
      if (call.answer.isTooLong) throw new ModelFault(tooLong(this.#context(call)));
    }
  }

  async #open(call: Call): Promise<AsyncIterable<OpenAI.ChatCompletionChunk>> {
    const { entry } = call.request;
    try {
      return await this.#post(call, call.body);
    } catch (error) {
      // Old Ollama versions refuse parameters that they do not know. Other back ends mean what they say.
      if (entry.backend !== 'ollama' || !isPlainBadRequest(error)) throw error;
      return await this.#post(call, minimalBody(call.body));
    }
  }

  async #post(call: Call, body: ChatBody): Promise<AsyncIterable<OpenAI.ChatCompletionChunk>> {
    const client = this.#client(call.request.entry, call.request.apiKey);
    const { data, response } = await client.chat.completions
      .create(body, { signal: call.dogs.signal, maxRetries: 0 })
      .withResponse();
    call.headers = response.headers;
    return data;
  }

  #result(call: Call): ChatResult {
    // The client ends an aborted stream and a cut one in silence: both are told apart here. A server that leaves the
    // connection open after its last word has answered all the same.
    const { finishReason } = call.answer;
    const cause = call.dogs.cause();
    if (cause === 'caller' || (cause !== undefined && finishReason === undefined)) {
      throw new DOMException('the call was ended from our side', 'AbortError');
    }
    if (finishReason === undefined) {
      throw new ModelFault(truncatedFault(this.#context(call), contentHint(call.headers)));
    }
    const usage = this.#usage(call, finishReason);
    const rehearsal = call.headers?.has(rehearsalHeader) ?? false;
    return { message: call.answer.message, finishReason, usage, model: usage.model, rehearsal };
  }

  // SAFETY: the error of the client holds the provider's text unredacted, so it is not kept as a cause.
  #broken(call: Call, error: unknown): unknown {
    if (call.callbackError !== undefined) return call.callbackError.error;
    const usage = this.#usage(call, undefined);
    if (call.dogs.cause() === 'caller') {
      return new ModelCallStopped(usage, call.request.signal?.reason);
    }
    const facts = error instanceof ModelFault ? error : classifyFault(error, this.#context(call));
    if (facts === undefined) return error;
    return new ModelFault(facts, isBilled(call, error, facts) ? { usage } : {});
  }

  #usage({ request, body, answer, headers }: Call, finishReason: FinishReason | undefined): Usage {
    return usageOfCall({
      entry: request.entry,
      prices: this.#options.prices,
      sent: answer.usage === undefined ? JSON.stringify([body.messages, body.tools ?? []]) : '',
      received: answer.usage === undefined ? answer.written : '',
      model: answer.model ?? request.entry.model,
      reported: answer.usage,
      headers,
      isPartial: finishReason === undefined,
    });
  }

  #context({ request, dogs }: Call): FaultContext {
    const cause = dogs.cause();
    return {
      model: request.entry.model,
      endpoint: new URL(request.entry.baseUrl).origin,
      apiKey: request.apiKey,
      cause: cause === 'caller' ? undefined : cause,
      nowMs: (this.#options.now ?? Date.now)(),
    };
  }

  #client(entry: ModelEntry, apiKey: string | undefined): OpenAI {
    const id = `${entry.baseUrl}\n${apiKey ?? ''}`;
    const known = this.#clients.get(id);
    if (known !== undefined) return known;
    const client = new OpenAI({
      baseURL: entry.baseUrl,
      // Everything is said here, so that the client takes nothing from the worker's environment.
      apiKey: apiKey ?? 'none',
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      maxRetries: 0,
      // The watchdogs end a call; the client's own limit only has to be out of their way (its timer takes 31 bits).
      timeout: 2_147_000_000,
      logLevel: 'off',
      fetch: readableErrors(this.#options.fetch ?? fetch),
      ...(apiKey === undefined ? { defaultHeaders: { Authorization: null } } : {}),
    });
    this.#clients.set(id, client);
    return client;
  }
}

// A provider bills what it has begun to read. A refusal costs nothing, and neither does a host that was never reached.
function isBilled({ headers, dogs }: Call, error: unknown, { status }: FaultFacts): boolean {
  if (headers !== undefined || dogs.cause() !== undefined) return true;
  return status === undefined && !wasNeverSent(error);
}

function isPlainBadRequest(error: unknown): boolean {
  if (!(error instanceof APIError) || error.status !== 400) return false;
  return !isContextFull(error.message) && !lacksToolSupport(error.message);
}

function contentHint(headers: Headers | undefined): string {
  const type = headers?.get('content-type') ?? 'no content type';
  return type.includes('event-stream') ? '' : ` (it sent ${type} instead of a stream)`;
}

function tooLong(context: FaultContext): FaultFacts {
  return {
    type: 'Model.Rejected',
    kind: 'permanent',
    code: 'payload_too_large',
    message: `the answer of ${context.model} at ${context.endpoint} is longer than 4 MiB`,
  };
}
