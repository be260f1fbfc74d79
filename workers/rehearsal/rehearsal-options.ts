import type { Upstream } from './record-upstream.ts';
import type { ScriptInput } from './script-schema.ts';

export interface RehearsalOptions {
  /** Played in this order of precedence; checked against their schema. */
  readonly scripts?: readonly ScriptInput[];
  /**
   * Recorded answers. `record` asks the real endpoint and keeps what it says; `replay` answers from the folder and asks
   * the real endpoint for the rest; `replay_or_fail` never asks anybody.
   */
  readonly recordings?:
    | {
        readonly mode: 'record' | 'replay';
        readonly directory: string;
        readonly upstream: Upstream;
      }
    | { readonly mode: 'replay_or_fail'; readonly directory: string };
  /** 0 takes a free one. */
  readonly port?: number;
  /** Loopback by default. */
  readonly host?: string;
  /** Wait between streamed tokens in milliseconds; 0, the default, sends an answer at once. */
  readonly tokenDelayMs?: number;
  /** Newest requests that are kept to be looked at. Default 1,000. */
  readonly keepRequests?: number;
}
