import type {
  AssistantMessage,
  ChatMessage,
  FinishReason,
  ToolSpec,
} from '../../domain/models/chat.ts';
import type { ModelEntry } from '../../domain/models/model-entry-schema.ts';
import type { Usage } from '../../domain/models/usage.ts';

/** Asks a model once. No retry, no fallback: the caller journals each attempt and decides what follows. */
export interface ModelGateway {
  /**
   * @throws {ModelFault} when no usable answer came; its `usage` holds what a cut answer had used.
   * @throws {ModelCallStopped} when the caller's own signal ended the call.
   */
  readonly chat: (request: ChatRequest) => Promise<ChatResult>;
}

export interface ChatRequest {
  readonly entry: ModelEntry;
  /** The resolved key; absent for endpoints without one. */
  readonly apiKey?: string;
  readonly messages: readonly ChatMessage[];
  /** Offered tools; empty asks for plain text. */
  readonly tools: readonly ToolSpec[];
  /** Most tokens of the answer; wins over the entry's own. */
  readonly maxTokens?: number;
  /** Total time in milliseconds; absent: the entry's `timeoutSeconds`. */
  readonly timeoutMs?: number;
  /** The caller's own end of the call: cancel, kill switch, shutdown. */
  readonly signal?: AbortSignal;
  /** Called while the model writes. What it throws ends the call. */
  readonly onDelta?: (delta: ChatDelta) => void;
}

/** A piece of an answer, in order; the full answer is in the result. */
export type ChatDelta =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  /** The model has begun to call this tool; sent once per call. */
  | { readonly type: 'tool-call'; readonly index: number; readonly toolName: string }
  | { readonly type: 'tool-arguments'; readonly index: number; readonly text: string };

export interface ChatResult {
  readonly message: AssistantMessage;
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  /** The model that answered, as the endpoint names it. */
  readonly model: string;
  /** The answer was scripted or recorded: no real model was asked. */
  readonly rehearsal: boolean;
}

/** Thrown when the caller's own signal ended the call; `usage` is what was used until then. */
export class ModelCallStopped extends Error {
  override readonly name = 'ModelCallStopped';
  readonly usage: Usage;

  constructor(usage: Usage, reason: unknown) {
    super('the model call was stopped by its caller', { cause: reason });
    this.usage = usage;
  }
}
