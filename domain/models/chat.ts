import type { JsonObject } from '../json.ts';
import type { ContentOrigin } from '../policy/content-origin.ts';

/** One message of a conversation as a model sees it, free of any provider's wire format. */
export type ChatMessage = SystemMessage | UserMessage | AssistantMessage | ToolMessage;

interface SystemMessage {
  readonly role: 'system';
  readonly content: string;
}

interface UserMessage {
  readonly role: 'user';
  readonly content: string;
}

/** What a model answered. Text and tool calls may both be there; an empty answer has neither. */
export interface AssistantMessage {
  readonly role: 'assistant';
  readonly text?: string;
  /** In the model's order; may be empty. */
  readonly toolCalls: readonly RequestedCall[];
}

/** The result of one tool call, for the model to read. */
interface ToolMessage {
  readonly role: 'tool';
  /** Our position key of the call, where one is known; never sent to the model. */
  readonly callId?: string;
  /** The id that the model gave to the call. */
  readonly toolCallId: string;
  readonly content: string;
  /** Where the content comes from, for tools that can bring untrusted content; never sent to the model. */
  readonly origin?: ContentOrigin | 'first-party';
}

/** A tool call as the model wrote it: nothing of it is checked yet. */
export interface RequestedCall {
  readonly id: string;
  readonly name: string;
  /** The model's own text, which may not be JSON at all. */
  readonly arguments: string;
}

/** A tool as it is offered to a model. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  /** JSON Schema (draft-7) of the arguments object. */
  readonly parameters: JsonObject;
}

/**
 * Why a model stopped: `stop` it was done, `tool-calls` it wants tools, `length` it ran into its token limit,
 * `content-filter` the provider cut it, `other` a word we do not know.
 */
export type FinishReason = 'stop' | 'tool-calls' | 'length' | 'content-filter' | 'other';
