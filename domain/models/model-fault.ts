import type { ErrorCode, FailureType } from '../failures.ts';
import type { Usage } from './usage.ts';

/**
 * What a fault asks for: `transient` try again, `rate-limited` wait as told, `permanent` another tier or a person,
 * `context-full` a shorter conversation, `circuit-open` the endpoint is left alone for a while.
 */
export type FaultKind =
  | 'transient'
  | 'rate-limited'
  | 'permanent'
  | 'context-full'
  | 'circuit-open';

/** The plain facts of a fault, which decisions are made on and which a row can keep. */
export interface FaultFacts {
  readonly type: FailureType;
  readonly kind: FaultKind;
  readonly code: ErrorCode;
  /** For people; holds no key. At most 500 characters. */
  readonly message: string;
  /** The wait that the endpoint asked for, in milliseconds. */
  readonly retryAfterMs?: number;
  /** HTTP status, where one was received. */
  readonly status?: number;
}

/** Thrown when a model call brought no usable answer. */
export class ModelFault extends Error implements FaultFacts {
  override readonly name = 'ModelFault';
  readonly type: FailureType;
  readonly kind: FaultKind;
  readonly code: ErrorCode;
  declare readonly retryAfterMs?: number;
  declare readonly status?: number;
  /** What was used before the call broke, when anything was sent. */
  declare readonly usage?: Usage;

  constructor(facts: FaultFacts, more: { readonly usage?: Usage; readonly cause?: unknown } = {}) {
    super(facts.message, more.cause === undefined ? undefined : { cause: more.cause });
    this.type = facts.type;
    this.kind = facts.kind;
    this.code = facts.code;
    if (facts.retryAfterMs !== undefined) this.retryAfterMs = facts.retryAfterMs;
    if (facts.status !== undefined) this.status = facts.status;
    if (more.usage !== undefined) this.usage = more.usage;
  }

  /** True when the same call may be made again. */
  get retryable(): boolean {
    return (
      this.kind === 'transient' || this.kind === 'rate-limited' || this.kind === 'circuit-open'
    );
  }
}
