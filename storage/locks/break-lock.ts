import { sql } from 'kysely';

import { appendEvents } from '../events/append-events.ts';
import { appendTenantEvent } from '../events/tenant-events.ts';
import type { Database, Executor } from '../postgres/database.ts';
import { holdOpenRuns } from './lock-events.ts';
import { holdsOf, type LockKey } from './locks.ts';
import { lockRow, remove } from './record-lock.ts';

/** An order to take a lock from its holders, and who gave it. */
export interface BreakOrder {
  readonly fences: readonly number[];
  readonly reason: string;
  readonly decisionId: string;
  readonly by: string;
}

/**
 * Ends grants of a lock by a person's order and gives the lock a new number, so that no older token ever fits again.
 * Returns the number; undefined when none of the grants stands. The same order again gives the same number.
 */
export async function breakHolds(
  db: Database,
  lock: LockKey,
  order: BreakOrder,
): Promise<number | undefined> {
  const { tenant, name } = lock;
  const { fences, reason, decisionId, by } = order;
  return db.transaction().execute(async (tx) => {
    const wanted = (await holdsOf(tx, lock)).filter(({ fence }) => fences.includes(fence));
    const runIds = wanted.map(({ runId }) => runId);
    const open = await holdOpenRuns(tx, tenant, runIds);
    await lockRow(tx, lock);
    const done = await brokenBefore(tx, lock, decisionId);
    if (done !== undefined) return done;
    const broken = await remove(
      tx,
      lock,
      wanted.map(({ requestId }) => requestId),
    );
    if (broken.length === 0) return undefined;
    const { rows } = await sql<{ readonly fence: string }>`
      update locks set fence = fence + 1 where tenant = ${tenant} and name = ${name} returning fence`.execute(
      tx,
    );
    const fence = Number(rows[0]?.fence);
    const ended = broken.map((each) => each.fence);
    const data = { name, fences: ended, fence, reason, decisionId };
    await appendTenantEvent(tx, { tenant, actor: by, event: { type: 'lock.broken', data } });
    for (const { runId, callId, fence: old } of broken) {
      if (!open.has(runId)) continue;
      const told = { name, callId, fence: old, by, reason };
      await appendEvents(tx, { runId, notes: [], events: [{ type: 'lock.broken', data: told }] });
    }
    return fence;
  });
}

async function brokenBefore(
  tx: Executor,
  { tenant, name }: LockKey,
  decisionId: string,
): Promise<number | undefined> {
  const { rows } = await sql<{ readonly fence: number }>`
    select (data->>'fence')::float8 as fence from tenant_events
    where tenant = ${tenant} and type = 'lock.broken' and data->>'name' = ${name}
      and data->>'decisionId' = ${decisionId}`.execute(tx);
  return rows[0]?.fence;
}
