import type { AssistantMessage, ChatMessage } from '../../domain/models/chat.ts';
import { ModelFault } from '../../domain/models/model-fault.ts';
import type { RedactingStream, Redactor } from '../redaction/redactor.ts';
import type { ChatDelta, ChatRequest, ChatResult, ModelGateway } from './model-gateway.ts';

/**
 * A gateway through which no known secret goes to a model, and none comes back: in words while they are written, in the
 * answer, in the arguments of calls, and in what the endpoint says when it fails.
 */
export function redactingGateway(gateway: ModelGateway, redactor: Redactor): ModelGateway {
  const cleaned = new CleanMessages(redactor);
  return {
    chat: async (request) => {
      const { onDelta } = request;
      const deltas = onDelta === undefined ? undefined : redactedDeltas(redactor, onDelta);
      try {
        const result = await gateway.chat(cleanRequest(cleaned, request, deltas?.add));
        deltas?.end();
        return cleanResult(redactor, result);
      } catch (error) {
        throw cleanFault(redactor, error);
      }
    },
  };
}

/** A conversation is sent anew each turn and its messages never change: each is looked through once. */
class CleanMessages {
  readonly #redactor: Redactor;
  #known = new WeakMap<ChatMessage, ChatMessage>();
  #learned = 0;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  of(messages: readonly ChatMessage[]): readonly ChatMessage[] {
    if (this.#redactor.learned !== this.#learned) {
      this.#known = new WeakMap();
      this.#learned = this.#redactor.learned;
    }
    return messages.map((message) => {
      const clean = this.#known.get(message) ?? this.#redactor.json(message);
      this.#known.set(message, clean);
      return clean;
    });
  }
}

function cleanRequest(
  cleaned: CleanMessages,
  request: ChatRequest,
  onDelta: ChatRequest['onDelta'],
): ChatRequest {
  const messages = cleaned.of(request.messages);
  return onDelta === undefined ? { ...request, messages } : { ...request, messages, onDelta };
}

function cleanResult(redactor: Redactor, result: ChatResult): ChatResult {
  const clean = redactor.json(result);
  const { text } = clean.message;
  if (text === undefined) return clean;
  // The arguments of calls by value only: an agent may have to write what merely looks like a key.
  const message: AssistantMessage = { ...clean.message, text: redactor.text(text) };
  return { ...clean, message };
}

function cleanFault(redactor: Redactor, error: unknown): unknown {
  if (!(error instanceof ModelFault)) return redactor.error(error);
  const { type, kind, code, retryAfterMs, status, usage } = error;
  const facts = {
    type,
    kind,
    code,
    message: redactor.text(error.message),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(status === undefined ? {} : { status }),
  };
  return new ModelFault(facts, usage === undefined ? {} : { usage });
}

interface RedactedDeltas {
  readonly add: (delta: ChatDelta) => void;
  /** Hands on what was held back. */
  readonly end: () => void;
}

/** Each kind of words is a stream of its own: a secret may be spread over its pieces. */
function redactedDeltas(redactor: Redactor, onDelta: (delta: ChatDelta) => void): RedactedDeltas {
  const open = new Map<
    string,
    { readonly stream: RedactingStream; readonly hand: (text: string) => void }
  >();
  const streamOf = (key: string, hand: (text: string) => void) => {
    const known = open.get(key) ?? { stream: redactor.stream(), hand };
    open.set(key, known);
    return known.stream;
  };
  const pass = (key: string, text: string, hand: (text: string) => void): void => {
    const clean = streamOf(key, hand).write(text);
    if (clean !== '') hand(clean);
  };
  return {
    add: (delta) => {
      switch (delta.type) {
        case 'tool-call':
          return onDelta(delta);
        case 'tool-arguments': {
          const { type, index } = delta;
          return pass(`${type}/${index}`, delta.text, (text) => onDelta({ type, index, text }));
        }
        case 'text':
        case 'reasoning': {
          const { type } = delta;
          return pass(type, delta.text, (text) => onDelta({ type, text }));
        }
      }
    },
    end: () => {
      for (const { stream, hand } of open.values()) {
        const rest = stream.end();
        if (rest !== '') hand(rest);
      }
    },
  };
}
