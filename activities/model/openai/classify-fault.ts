import { types } from 'node:util';

import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';

import { FailureType } from '../../../domain/failures.ts';
import type { ErrorCode } from '../../../domain/failures.ts';
import type { FaultFacts, FaultKind } from '../../../domain/models/model-fault.ts';
import { isContextFull, isQuotaExhausted, lacksToolSupport } from './provider-words.ts';
import { redactMessage } from '../redact-key.ts';
import { retryAfterMs } from './retry-after.ts';
import type { StopCause } from './watchdogs.ts';

/** What is known about a call when it breaks. */
export interface FaultContext {
  readonly model: string;
  /** Scheme, host and port of the endpoint. */
  readonly endpoint: string;
  readonly apiKey: string | undefined;
  /** Our own end of the call, when there was one. */
  readonly cause: Exclude<StopCause, 'caller'> | undefined;
  readonly nowMs: number;
}

/** An HTTP answer that is no success, however it came: as status or inside the stream. */
interface Refusal {
  readonly status: number;
  /** Code, type and message of the body in one text. */
  readonly words: string;
  readonly message: string;
  readonly headers: Headers | undefined;
}

/**
 * Turns what broke a call into a fault: our own watchdogs first, then what the endpoint said, then the connection.
 * Undefined for an error that has nothing to do with the endpoint.
 */
export function classifyFault(error: unknown, context: FaultContext): FaultFacts | undefined {
  if (context.cause !== undefined) return stoppedByUs(context.cause, context);
  const refusal = refusalOf(error);
  if (refusal !== undefined) return refused(refusal, context);
  if (!isConnectionTrouble(error)) return undefined;
  if (isTimeout(error)) return timedOut(`${context.endpoint} did not answer in time`, context);
  return fault(FailureType.modelUnavailable, 'transient', {
    code: 'unavailable',
    message: redactMessage(
      `${context.endpoint} broke the connection: ${deepestMessage(error)}`,
      context.apiKey,
    ),
  });
}

/** A stream or body that ended without saying why. */
export function truncatedFault(
  { model, endpoint, apiKey }: FaultContext,
  hint: string,
): FaultFacts {
  return fault(FailureType.modelTruncated, 'transient', {
    code: 'unavailable',
    message: redactMessage(
      `the answer of ${model} at ${endpoint} ended without a finish reason${hint}`,
      apiKey,
    ),
  });
}

function stoppedByUs(cause: 'deadline' | 'idle', context: FaultContext): FaultFacts {
  const what =
    cause === 'deadline'
      ? 'gave no full answer in time'
      : 'fell silent in the middle of its answer';
  return timedOut(`${context.model} at ${context.endpoint} ${what}`, context);
}

function timedOut(message: string, { apiKey }: FaultContext): FaultFacts {
  return fault(FailureType.modelTimedOut, 'transient', {
    code: 'timeout',
    message: redactMessage(message, apiKey),
  });
}

function refused(refusal: Refusal, context: FaultContext): FaultFacts {
  const wait = retryAfterMs(refusal.headers, context.nowMs);
  const known = knownRefusal(refusal, context);
  const override = refusal.headers?.get('x-should-retry');
  const kind = override === 'true' && known.kind === 'permanent' ? 'transient' : known.kind;
  return {
    ...known,
    kind: override === 'false' && isRetried(kind) ? 'permanent' : kind,
    status: refusal.status,
    ...(wait === undefined || !isRetried(kind) ? {} : { retryAfterMs: wait }),
  };
}

function isRetried(kind: FaultKind): boolean {
  return kind === 'transient' || kind === 'rate-limited';
}

function knownRefusal({ status, words, message }: Refusal, context: FaultContext): FaultFacts {
  const { model, endpoint, apiKey } = context;
  const say = (what: string): string => redactMessage(`${model} at ${endpoint}: ${what}`, apiKey);
  if (status === 429 && isQuotaExhausted(words)) {
    return fault(FailureType.modelQuotaExhausted, 'permanent', {
      code: 'rate_limited',
      message: say(message),
    });
  }
  if (status === 429) {
    return fault(FailureType.modelRateLimited, 'rate-limited', {
      code: 'rate_limited',
      message: say(message),
    });
  }
  // SAFETY: providers echo parts of the key in these answers, so nothing of their text is passed on.
  if (status === 401) {
    return fault(FailureType.modelUnauthorized, 'permanent', {
      code: 'unauthenticated',
      message: `${endpoint} refuses the key for ${model} (401)`,
    });
  }
  if (status === 403) {
    return fault(FailureType.modelUnauthorized, 'permanent', {
      code: 'unauthenticated',
      message: say(message),
    });
  }
  if (isContextFull(words)) {
    return fault(FailureType.modelRejected, 'context-full', {
      code: 'invalid_argument',
      message: say(message),
    });
  }
  if (lacksToolSupport(words)) {
    return fault(FailureType.modelRejected, 'permanent', {
      code: 'dependency_missing',
      message: redactMessage(`the model ${model} at ${endpoint} does not support tools`, apiKey),
    });
  }
  if (status === 408 || status === 409 || status >= 500) {
    return fault(FailureType.modelUnavailable, 'transient', {
      code: 'unavailable',
      message: say(message),
    });
  }
  return fault(FailureType.modelRejected, 'permanent', {
    code: 'invalid_argument',
    message: say(message),
  });
}

function fault(
  type: FailureType,
  kind: FaultKind,
  more: { readonly code: ErrorCode; readonly message: string },
): FaultFacts {
  return { type, kind, ...more };
}

function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof APIError) || error instanceof APIConnectionError) return undefined;
  const words = [error.code, error.type, error.message]
    .filter((word) => word !== null && word !== undefined)
    .join(' ');
  const status =
    typeof error.status === 'number' ? error.status : streamedStatus(error.code, words);
  const headers = error.headers;
  return { status, words, message: error.message, headers };
}

// An error inside a stream that began with 200 has no status of its own, only the provider's words.
function streamedStatus(code: unknown, words: string): number {
  const number = Number(code);
  if (Number.isInteger(number) && number >= 400 && number < 600) return number;
  if (isQuotaExhausted(words) || /rate.?limit/i.test(words)) return 429;
  if (isContextFull(words) || /invalid.?request/i.test(words)) return 400;
  if (/authentication|invalid.?api.?key/i.test(words)) return 401;
  return 500;
}

// undici says `terminated` and `fetch failed`; a SyntaxError is a chunk that is no JSON.
function isConnectionTrouble(error: unknown): boolean {
  if (error instanceof APIConnectionError) return true;
  if (!types.isNativeError(error)) return false;
  if (error.name === 'SyntaxError') return true;
  if (error.name === 'TypeError' && /^(terminated|fetch failed)$/.test(error.message)) return true;
  return codeOf(error) !== '';
}

function isTimeout(error: unknown): boolean {
  if (error instanceof APIConnectionTimeoutError) return true;
  return causes(error).some((cause) => /^UND_ERR_\w*TIMEOUT$|^ETIMEDOUT$/.test(codeOf(cause)));
}

/** True when the connection did not come about, so that no byte of the request left. */
export function wasNeverSent(error: unknown): boolean {
  // The client gives this error without its cause; the connection's limit is by far the shorter one.
  if (error instanceof APIConnectionTimeoutError) return true;
  return causes(error).some((cause) => unreached.test(codeOf(cause)));
}

const unreached =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_INVALID_URL|ERR_TLS_.*|CERT_.*|.*_CERT.*)$/;

function deepestMessage(error: unknown): string {
  const chain = causes(error);
  const last = chain.at(-1);
  if (!types.isNativeError(last)) return 'unknown error';
  const code = chain.map(codeOf).findLast((text) => text !== '');
  // An AggregateError of all tried addresses has a code and no message.
  return [last.message, code].filter((text) => text !== undefined && text !== '').join(' ');
}

function causes(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let at = error; types.isNativeError(at) && chain.length < 8; at = at.cause) chain.push(at);
  return chain;
}

function codeOf(error: unknown): string {
  if (!types.isNativeError(error) || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
