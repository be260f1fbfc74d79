import { FailureType } from '../failures.ts';
import type { FaultFacts } from './model-fault.ts';

/** The breaker refuses: nothing was sent. */
export function circuitOpenFault(model: string, retryAfterMs: number): FaultFacts {
  return {
    type: FailureType.modelUnavailable,
    kind: 'circuit-open',
    code: 'circuit_open',
    message: `the endpoint of ${model} failed too often and is left alone for ${seconds(retryAfterMs)}`,
    retryAfterMs,
  };
}

/** Our own rate limit is used up: nothing was sent. */
export function rateLimitFault(model: string, retryAfterMs: number): FaultFacts {
  return {
    type: FailureType.modelRateLimited,
    kind: 'rate-limited',
    code: 'rate_limited',
    message: `the configured rate limit of ${model} is used up for ${seconds(retryAfterMs)}`,
    retryAfterMs,
  };
}

/** True for faults that speak against the endpoint's health. A refusal, a rate limit included, is a living endpoint. */
export function isBackendFailure({ type, kind }: FaultFacts): boolean {
  if (kind === 'circuit-open') return false;
  return (
    type === FailureType.modelUnavailable ||
    type === FailureType.modelTimedOut ||
    type === FailureType.modelTruncated
  );
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1_000)} s`;
}
