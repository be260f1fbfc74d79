import type { Settlement } from '../agent/activities.ts';
import type { EffectState } from './effect-record.ts';

/** What a settlement does to a row, or why it is refused. */
export type SettlementVerdict =
  | { readonly type: 'settle'; readonly state: 'committed' | 'failed' }
  | { readonly type: 'run-again' }
  | { readonly type: 'refused'; readonly reason: string };

/** Judges what a person says about an effect. "Run again" works only after the owner is proved dead. */
export function settlementVerdict(
  state: EffectState,
  settlement: Settlement,
  ownerIsDead: boolean,
): SettlementVerdict {
  if (state === 'committed' || state === 'failed') {
    return { type: 'refused', reason: `the effect is ${state} already` };
  }
  if (state === 'intent') {
    return { type: 'refused', reason: 'the effect is still going on' };
  }
  if (settlement === 'happened') return { type: 'settle', state: 'committed' };
  if (settlement === 'did-not-happen') return { type: 'settle', state: 'failed' };
  if (!ownerIsDead) {
    return { type: 'refused', reason: 'it can run again only when its process is proved dead' };
  }
  return { type: 'run-again' };
}
