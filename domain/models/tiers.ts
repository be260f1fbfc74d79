import type { ErrorCode, FailureType } from '../failures.ts';
import type { ModelChain } from './model-chain-schema.ts';
import type { Privacy } from './privacy.ts';
import type { Trigger } from './triggers.ts';

/** One step of a fallback chain. */
export interface Tier {
  /** Key of the model entry. */
  readonly key: string;
  readonly model: string;
  readonly privacy: Privacy;
}

/** A fallback chain with its models looked up, strongest preference first; at least one tier. */
export interface TierChain {
  readonly tiers: readonly Tier[];
  readonly triggers: readonly Trigger[];
}

/** What one tier was given up for. The message is for people, redacted, at most 200 characters. */
export interface TierFailure {
  readonly tier: number;
  readonly model: string;
  readonly type: FailureType;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Where a turn goes: to another tier, or nowhere because the chain permits no move. */
export type TierMove =
  | {
      readonly type: 'move';
      readonly tier: number;
      readonly reason: Trigger;
      readonly fromModel: string;
      readonly toModel: string;
    }
  | { readonly type: 'stay' };

/** Lists the model keys of a chain in order. */
export function chainKeys(chain: ModelChain): readonly string[] {
  return [chain.primary, chain.secondary, chain.last].filter((key) => key !== undefined);
}

/** Chooses the tier of a fresh turn: the first one, or the second when the chain lists `always`. */
export function startTier({ tiers, triggers }: TierChain): number {
  return triggers.includes('always') && tiers.length > 1 ? 1 : 0;
}

/** Chooses the next tier after `tier` that the chain permits for this reason. Pure. */
export function nextTier(chain: TierChain, tier: number, reason: Trigger): TierMove {
  const from = chain.tiers[tier];
  if (from === undefined) return { type: 'stay' };
  const found = chain.tiers.findIndex(
    (to, index) => index > tier && isPermitted(chain.triggers, reason, from.privacy === to.privacy),
  );
  const to = chain.tiers[found];
  if (to === undefined) return { type: 'stay' };
  return { type: 'move', tier: found, reason, fromModel: from.model, toModel: to.model };
}

// SAFETY: a fault alone never sends a conversation to another privacy class; the chain has to list it.
function isPermitted(listed: readonly Trigger[], reason: Trigger, samePrivacy: boolean): boolean {
  if (listed.includes(reason)) return true;
  return samePrivacy && (reason === 'error' || reason === 'circuit_open');
}
