import type { FaultFacts } from './model-fault.ts';
import { nextTier } from './tiers.ts';
import type { TierChain, TierFailure, TierMove } from './tiers.ts';

/** Transient faults of one tier after which the chain moves on. */
const transientFaultsPerTier = 3;
/** First wait between attempts, in milliseconds. */
const firstDelayMs = 2_000;
/** Longest wait that stays inside the activity's retry; longer ones become a durable timer. */
const maxDelayMs = 60_000;

/** What a turn has been through so far. Kept in the activity's row, so that it outlives workers. */
export interface FaultState {
  readonly tier: number;
  /** Transient faults of this tier. */
  readonly transientFaults: number;
  /** Rate limits of this tier; they lengthen the wait, but never move the chain. */
  readonly rateLimits: number;
  /** One per tier that was given up, in order. */
  readonly errors: readonly TierFailure[];
}

/** What happens after a fault. */
export type FaultMove =
  | { readonly type: 'retry'; readonly delayMs: number; readonly state: FaultState }
  | {
      readonly type: 'next-tier';
      readonly move: Extract<TierMove, { readonly type: 'move' }>;
      readonly state: FaultState;
    }
  | { readonly type: 'rate-limited'; readonly retryAfterMs: number; readonly state: FaultState }
  | { readonly type: 'context-full' }
  | { readonly type: 'exhausted'; readonly errors: readonly TierFailure[] };

/** The state of a turn that nothing has happened to. */
export function newFaultState(tier: number): FaultState {
  return { tier, transientFaults: 0, rateLimits: 0, errors: [] };
}

/**
 * Computes the wait before attempt `attempt + 1`, in milliseconds: what the endpoint asked for, else
 * 2 s × 2^(attempt − 1) up to 60 s, with ±20 % jitter. `attempt` counts from 1; `random` is in [0, 1).
 */
export function attemptDelay(
  fault: Pick<FaultFacts, 'retryAfterMs'>,
  attempt: number,
  random: number,
): number {
  if (fault.retryAfterMs !== undefined && fault.retryAfterMs > 0) return fault.retryAfterMs;
  const base = Math.min(firstDelayMs * 2 ** (Math.max(1, attempt) - 1), maxDelayMs);
  return Math.round(Math.min(base * (0.8 + 0.4 * random), maxDelayMs));
}

/** Decides what follows a fault: the same tier again, the next permitted tier, a durable wait, or the end. Pure. */
export function afterFault(
  chain: TierChain,
  state: FaultState,
  { fault, random }: { readonly fault: FaultFacts; readonly random: number },
): FaultMove {
  switch (fault.kind) {
    case 'context-full':
      return { type: 'context-full' };
    case 'rate-limited':
      return afterRateLimit(state, fault, random);
    case 'circuit-open':
      return afterOpenCircuit(chain, state, fault);
    case 'permanent':
      return leaveTier(chain, state, fault);
    case 'transient':
      return afterTransient(chain, state, { fault, random });
  }
}

function afterRateLimit(state: FaultState, fault: FaultFacts, random: number): FaultMove {
  const rateLimits = state.rateLimits + 1;
  const delayMs = attemptDelay(fault, rateLimits, random);
  const next = { ...state, rateLimits };
  return delayMs > maxDelayMs
    ? { type: 'rate-limited', retryAfterMs: delayMs, state: next }
    : { type: 'retry', delayMs, state: next };
}

function afterOpenCircuit(chain: TierChain, state: FaultState, fault: FaultFacts): FaultMove {
  const move = nextTier(chain, state.tier, 'circuit_open');
  if (move.type === 'move') return moved(chain, state, { fault, move });
  return { type: 'rate-limited', retryAfterMs: attemptDelay(fault, 1, 0.5), state };
}

function afterTransient(
  chain: TierChain,
  state: FaultState,
  { fault, random }: { readonly fault: FaultFacts; readonly random: number },
): FaultMove {
  const transientFaults = state.transientFaults + 1;
  const next = { ...state, transientFaults };
  if (transientFaults >= transientFaultsPerTier) return leaveTier(chain, next, fault);
  const delayMs = attemptDelay(fault, transientFaults, random);
  return delayMs > maxDelayMs
    ? { type: 'rate-limited', retryAfterMs: delayMs, state: next }
    : { type: 'retry', delayMs, state: next };
}

function leaveTier(chain: TierChain, state: FaultState, fault: FaultFacts): FaultMove {
  const move = nextTier(chain, state.tier, 'error');
  if (move.type === 'move') return moved(chain, state, { fault, move });
  return { type: 'exhausted', errors: [...state.errors, tierError(chain, state.tier, fault)] };
}

function moved(
  chain: TierChain,
  state: FaultState,
  {
    fault,
    move,
  }: {
    readonly fault: FaultFacts;
    readonly move: Extract<TierMove, { readonly type: 'move' }>;
  },
): FaultMove {
  const errors = [...state.errors, tierError(chain, state.tier, fault)];
  return { type: 'next-tier', move, state: { ...newFaultState(move.tier), errors } };
}

function tierError(chain: TierChain, tier: number, fault: FaultFacts): TierFailure {
  const model = chain.tiers[tier]?.model ?? '';
  return { tier, model, type: fault.type, code: fault.code, message: fault.message.slice(0, 200) };
}
