import { sql } from 'kysely';

import type { LockHold } from '../../domain/locks/lock-state.ts';
import type { Database, Executor } from '../postgres/database.ts';
import { holdOpenRuns, tellReleased, type ReleaseReason } from './lock-events.ts';
import { holdsOf, type LockKey } from './locks.ts';
import { lockRow, remove } from './record-lock.ts';

/** Whoever holds a lock, and the execution that its run began with. */
export interface Holder extends LockHold {
  readonly firstExecution: string;
  readonly hasEnded: boolean;
}

/** Everybody who holds a lock, with what tells whether their runs are still there. */
export async function holdersOf(db: Executor, lock: LockKey): Promise<readonly Holder[]> {
  const holds = await holdsOf(db, lock);
  if (holds.length === 0) return [];
  const runs = await db
    .selectFrom('runs')
    .select(['run_id', 'first_execution', 'ended_at'])
    .where(
      'run_id',
      'in',
      holds.map(({ runId }) => runId),
    )
    .execute();
  const byId = new Map(runs.map((run) => [run.run_id, run]));
  return holds.map((hold) => {
    const run = byId.get(hold.runId);
    return {
      ...hold,
      firstExecution: run?.first_execution ?? '',
      hasEnded: run === undefined || run.ended_at !== null,
    };
  });
}

/** Takes a lock from these holders. With `expired` only from those whose lease is over at this moment. */
export async function loseHolds(
  db: Database,
  lock: LockKey,
  {
    holds,
    reason,
  }: { readonly holds: readonly LockHold[]; readonly reason: Exclude<ReleaseReason, 'released'> },
): Promise<void> {
  if (holds.length === 0) return;
  await db.transaction().execute(async (tx) => {
    const open = await holdOpenRuns(
      tx,
      lock.tenant,
      holds.map(({ runId }) => runId),
    );
    await lockRow(tx, lock);
    const requestIds = holds.map(({ requestId }) => requestId);
    const lost = reason === 'expired' ? await expiredAmong(tx, lock, requestIds) : requestIds;
    const released = await remove(tx, lock, lost);
    await tellReleased(tx, open, { lock, released, reason });
  });
}

async function expiredAmong(
  tx: Executor,
  { tenant, name }: LockKey,
  requestIds: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await sql<{ readonly request_id: string }>`
    select request_id from lock_requests
    where tenant = ${tenant} and name = ${name} and request_id = any(${[...requestIds]}::text[]) and lease_until < clock_timestamp() for update`.execute(
    tx,
  );
  return rows.map((row) => row.request_id);
}
