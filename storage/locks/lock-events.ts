import { appendEvents } from '../events/append-events.ts';
import type { Executor } from '../postgres/database.ts';
import type { LockKey } from './locks.ts';

/** A grant that ended. */
export interface Released {
  readonly runId: string;
  readonly callId: string;
  readonly fence: number;
}

/** How a grant ended, besides by a person's order. */
export type ReleaseReason = 'released' | 'expired' | 'run-ended';

/**
 * Locks the rows of runs until the transaction ends, in one order, and before anything of a lock is locked. Returns those
 * that are open.
 */
export async function holdOpenRuns(
  tx: Executor,
  tenant: string,
  runIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (runIds.length === 0) return new Set();
  const rows = await tx
    .selectFrom('runs')
    .select(['run_id', 'ended_at'])
    .where('tenant', '=', tenant)
    .where('run_id', 'in', [...new Set(runIds)])
    .orderBy('run_id')
    .forUpdate()
    .execute();
  return new Set(rows.filter((row) => row.ended_at === null).map((row) => row.run_id));
}

/** Tells runs that are open of grants that ended; the log of one that is over stays as it is. */
export async function tellReleased(
  tx: Executor,
  open: ReadonlySet<string>,
  {
    lock: { name },
    released,
    reason,
  }: {
    readonly lock: LockKey;
    readonly released: readonly Released[];
    readonly reason: ReleaseReason;
  },
): Promise<void> {
  for (const { runId, callId, fence } of released) {
    if (!open.has(runId)) continue;
    const data = { name, callId, fence, reason };
    await appendEvents(tx, { runId, notes: [], events: [{ type: 'lock.released', data }] });
  }
}
