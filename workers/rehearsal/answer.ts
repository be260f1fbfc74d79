import type { ScriptFault } from './script-schema.ts';

/** Tokens as the wire says them. */
export interface WireUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens: number };
}

/** A complete answer, whether scripted or recorded. */
export interface Reply {
  readonly model: string;
  readonly text: string | undefined;
  readonly toolCalls: readonly {
    readonly id: string;
    readonly name: string;
    readonly arguments: string;
  }[];
  readonly finishReason: string;
  /** Undefined: the answer tells no usage. */
  readonly usage: WireUsage | undefined;
  readonly headers: { readonly [name: string]: string };
  /** Wait before the first byte, in milliseconds. */
  readonly delayMs: number;
}

/** What the server does with one request. */
export type Answer =
  | { readonly type: 'reply'; readonly reply: Reply }
  | { readonly type: 'fault'; readonly fault: ScriptFault; readonly reply: Reply }
  | {
      readonly type: 'refused';
      readonly status: 400 | 404 | 409;
      readonly code: string;
      readonly message: string;
      readonly details?: { readonly nearest: string; readonly differences: readonly string[] };
    };
