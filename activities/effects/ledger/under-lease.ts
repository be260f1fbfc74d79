import { renewLease } from '../../../storage/effects/effects.ts';
import type { EffectDependencies } from '../dependencies.ts';
import { leaseMs } from './intent.ts';
import type { OpenIntent } from './record-outcome.ts';

/** Does something about an intent that is ours, and renews its lease meanwhile. */
export async function underLease<T>(
  { db, now }: Pick<EffectDependencies, 'db' | 'now'>,
  intent: OpenIntent,
  work: () => Promise<T>,
): Promise<T> {
  const renew = setInterval(() => {
    // A lease that could not be renewed only makes other hosts ask sooner; the fence protects the row.
    void renewLease(db, intent, new Date(now() + leaseMs)).catch(() => undefined);
  }, leaseMs / 3);
  try {
    return await work();
  } finally {
    clearInterval(renew);
  }
}
