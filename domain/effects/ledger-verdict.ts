import type { Hash } from '../json.ts';
import type { EffectRecord } from './effect-record.ts';

/** What is known of the process that owns an intent. */
export type OwnerState = 'me' | 'alive' | 'dead' | 'cannot-tell';

/** What an attempt at an effect does, given the row that stands in the ledger. */
export type LedgerVerdict =
  | { readonly type: 'give-back' }
  | { readonly type: 'busy' }
  | { readonly type: 'take-over' }
  | { readonly type: 'unknown'; readonly why: string };

/**
 * Judges a row that is in the ledger already. Settled with the same digest: its outcome is given back. An intent:
 * its living owner goes on, a dead one is taken over and probed. Everything else is unknown, and a person settles it.
 */
export function ledgerVerdict(
  record: EffectRecord,
  digest: Hash,
  owner: OwnerState,
): LedgerVerdict {
  if (record.digest !== digest) {
    return { type: 'unknown', why: 'another call with another digest stands at this position' };
  }
  switch (record.state) {
    case 'committed':
    case 'failed':
      return { type: 'give-back' };
    case 'unknown':
      return { type: 'unknown', why: 'its outcome is unknown and nobody has settled it yet' };
    case 'intent':
      return verdictOnIntent(owner);
  }
}

function verdictOnIntent(owner: OwnerState): LedgerVerdict {
  switch (owner) {
    case 'me':
    case 'alive':
      return { type: 'busy' };
    case 'dead':
      return { type: 'take-over' };
    case 'cannot-tell':
      return {
        type: 'unknown',
        why: 'the process that began it may still be alive on another host',
      };
  }
}

/**
 * Tells from outside what became of an owner. On the same host process and boot id decide; on another host only a
 * lease says that it lives, and only one that ended longer ago than the longest act says that it is dead.
 */
export function ownerState(
  record: EffectRecord,
  seen: {
    readonly host: string;
    readonly boot: string;
    readonly pid: number;
    readonly startedTicks: string;
    /** Start ticks of the process that has the owner's pid now; undefined when there is none. */
    readonly ticksOfOwnerPid: string | undefined;
    readonly nowMs: number;
    readonly longestActMs: number;
  },
): OwnerState {
  const { owner } = record;
  if (owner.host !== seen.host) {
    const leaseMs = Date.parse(record.leaseUntil);
    if (seen.nowMs <= leaseMs) return 'alive';
    return seen.nowMs > leaseMs + seen.longestActMs ? 'dead' : 'cannot-tell';
  }
  if (owner.boot !== seen.boot) return 'dead';
  if (owner.pid === seen.pid && owner.startedTicks === seen.startedTicks) return 'me';
  return seen.ticksOfOwnerPid === owner.startedTicks ? 'alive' : 'dead';
}
