import type { Hash, Json } from '../json.ts';
import type { CallId } from '../run/ids.ts';

/** Where an effect stands. */
export type EffectState = 'intent' | 'committed' | 'failed' | 'unknown';

/** The process that performs an effect: enough to prove later that it is dead. */
export interface EffectOwner {
  readonly host: string;
  /** Boot id of the host: a new boot means every process of the old one is gone. */
  readonly boot: string;
  readonly pid: number;
  /** Start time of the process in clock ticks since boot, so that a reused pid is not mistaken. */
  readonly startedTicks: string;
}

/** One row of the effect ledger, keyed by the call's position. */
export interface EffectRecord {
  readonly callId: CallId;
  readonly effectSeq: number;
  readonly digest: Hash;
  readonly tool: string;
  readonly state: EffectState;
  readonly owner: EffectOwner;
  /** Grows when another process takes over; outcome writes carry it. */
  readonly fence: number;
  /** ISO 8601; after it an owner on another host counts as gone. */
  readonly leaseUntil: string;
  /** What was recorded before the act: preconditions for the probe. */
  readonly before: Json;
  readonly result?: Hash;
  readonly evidence?: Hash;
  /** Who said what became of it, when a person did. */
  readonly settledBy?: string;
}
