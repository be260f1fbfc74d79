import type { PerformCallInput, PerformCallResult } from '../../../domain/agent/activities.ts';
import type { FenceToken } from '../../../domain/locks/lock-name.ts';
import { keepLeases, renewLeases } from '../../../storage/locks/locks.ts';
import type { StoredCall } from '../../../storage/calls/prepared-calls.ts';
import type { EffectDependencies } from '../dependencies.ts';
import type { Attempt } from './attempt-at-call.ts';
import { recordWithoutEffect, storeResult } from './record-outcome.ts';

/**
 * Performs a call under the locks that its run holds: their leases are renewed as long as this process works. Where
 * nobody can tell whether the effect still goes on, they are held until somebody settles it.
 */
export async function underLocks(
  { db, lockLeaseMs }: Pick<EffectDependencies, 'db' | 'lockLeaseMs'>,
  { run, locks: tokens = [] }: PerformCallInput,
  work: () => Promise<PerformCallResult>,
): Promise<PerformCallResult> {
  if (tokens.length === 0) return work();
  const { tenant, runId } = run;
  const held = { tenant, runId, tokens };
  await renewLeases(db, held, lockLeaseMs);
  const renew = setInterval(() => {
    // A lease that could not be renewed is lost at worst; the next intent finds out.
    void renewLeases(db, held, lockLeaseMs).catch(() => undefined);
  }, lockLeaseMs / 3);
  try {
    const result = await work();
    if (result.type === 'unknown') await keepLeases(db, held);
    return result;
  } finally {
    clearInterval(renew);
  }
}

/** Answers a call that lost a lock before the act: nothing happened. */
export async function recordStale(
  { dependencies: { db }, input }: Pick<Attempt, 'dependencies' | 'input'>,
  call: StoredCall,
  { name, fence }: FenceToken,
): Promise<PerformCallResult> {
  const text = `this run no longer holds ${name} (fence ${fence}): its lease ran out, or a person broke the lock. Nothing was done; call it again to take the lock anew`;
  const result = { status: 'error', code: 'stale_fence', text, progress: false } as const;
  const stored = await storeResult(db, call, result);
  await recordWithoutEffect(db, { call, notes: input.notes }, stored);
  return { type: 'done', outcome: stored.outcome, effectSeq: input.effectSeq };
}
