import { sql } from 'kysely';

import {
  fits,
  type LockChange,
  type LockRequest,
  type RecordedLock,
} from '../../domain/locks/lock-state.ts';
import { runKeyOf } from '../../domain/run/ids.ts';
import { appendEvents } from '../events/append-events.ts';
import type { Database, Executor } from '../postgres/database.ts';
import { holdsOf, type LockKey } from './locks.ts';
import { holdOpenRuns, tellReleased, type Released } from './lock-events.ts';

/**
 * Records a change of a lock in one transaction: who leaves, who gets it under which fence, who waits where; and writes
 * events of it to the runs. This row is the judge: a grant that does not fit those that stand is not made. Recording a
 * change again changes nothing.
 */
export async function recordChange(
  db: Database,
  lock: LockKey,
  { leave, grant, queue, leaseMs }: LockChange & { readonly leaseMs: number },
): Promise<RecordedLock> {
  return db.transaction().execute(async (tx) => {
    const leaving = await runsOf(tx, lock, leave);
    const wishes = [...grant, ...queue];
    const open = await holdOpenRuns(tx, lock.tenant, [
      ...leaving,
      ...wishes.map(({ runId }) => runId),
    ]);
    await lockRow(tx, lock);
    const released = await remove(tx, lock, leave);
    await tellReleased(tx, open, { lock, released, reason: 'released' });
    const isOpen = ({ runId }: LockRequest): boolean => open.has(runId);
    await grantAll(tx, { lock, leaseMs }, grant.filter(isOpen));
    await writeQueue(tx, lock, queue.filter(isOpen));
    const refused = wishes.filter((wish) => !isOpen(wish)).map(({ requestId }) => requestId);
    return { holds: await holdsOf(tx, lock), refused };
  });
}

/** Locks the row of a lock until the transaction ends, behind the rows of runs: everybody takes them in this order. */
export async function lockRow(tx: Executor, { tenant, name }: LockKey): Promise<void> {
  await sql`select from locks where tenant = ${tenant} and name = ${name} for update`.execute(tx);
}

async function runsOf(
  tx: Executor,
  lock: LockKey,
  requestIds: readonly string[],
): Promise<readonly string[]> {
  if (requestIds.length === 0) return [];
  const rows = await tx
    .selectFrom('lock_requests')
    .select('run_id')
    .where('tenant', '=', lock.tenant)
    .where('name', '=', lock.name)
    .where('request_id', 'in', [...requestIds])
    .execute();
  return rows.map((row) => row.run_id);
}

/** Takes wishes away. Returns those that held the lock. */
export async function remove(
  tx: Executor,
  { tenant, name }: LockKey,
  requestIds: readonly string[],
): Promise<readonly Released[]> {
  if (requestIds.length === 0) return [];
  const rows = await tx
    .deleteFrom('lock_requests')
    .where('tenant', '=', tenant)
    .where('name', '=', name)
    .where('request_id', 'in', [...requestIds])
    .returning(['run_id', 'call_id', 'fence'])
    .execute();
  return rows.flatMap(({ run_id: runId, call_id: callId, fence }) =>
    fence === null ? [] : [{ runId, callId, fence: Number(fence) }],
  );
}

/** Grants one after the other, until one does not fit: nobody is overtaken. */
async function grantAll(
  tx: Executor,
  { lock, leaseMs }: { readonly lock: LockKey; readonly leaseMs: number },
  grant: readonly LockRequest[],
): Promise<void> {
  const holds = await holdsOf(tx, lock);
  const modes = holds.map(({ mode }) => mode);
  for (const request of grant) {
    if (holds.some(({ requestId }) => requestId === request.requestId)) continue;
    if (!fits(request.mode, modes)) return;
    modes.push(request.mode);
    await grantOne(tx, { lock, leaseMs }, request);
  }
}

async function grantOne(
  tx: Executor,
  { lock, leaseMs }: { readonly lock: LockKey; readonly leaseMs: number },
  { requestId, runId, callId, mode, purpose }: LockRequest,
): Promise<void> {
  const { tenant, name } = lock;
  const { rows } = await sql<{ readonly fence: string; readonly waited_ms: number }>`
    with next as (
      update locks set fence = fence + 1 where tenant = ${tenant} and name = ${name} returning fence)
    insert into lock_requests as wish
      (request_id, tenant, name, run_id, call_id, mode, purpose, fence, granted_at, lease_until)
    select ${requestId}, ${tenant}, ${name}, ${runId}, ${callId}, ${mode}, ${purpose}, next.fence, clock_timestamp(),
      clock_timestamp() + ${leaseMs} * interval '1 millisecond' from next
    on conflict (tenant, name, request_id) do update set place = null, fence = excluded.fence, granted_at = excluded.granted_at,
      lease_until = excluded.lease_until
    returning fence, floor(extract(epoch from wish.granted_at - wish.asked_at) * 1000)::float8 as waited_ms`.execute(
    tx,
  );
  const [row] = rows;
  if (row === undefined) return;
  const data = {
    name,
    callId,
    mode,
    fence: Number(row.fence),
    waitedMs: Math.max(0, row.waited_ms),
  };
  await appendEvents(tx, { runId, notes: [], events: [{ type: 'lock.granted', data }] });
}

/** Writes the places of those who wait, and tells the runs whose place is a new one. */
async function writeQueue(
  tx: Executor,
  lock: LockKey,
  queue: readonly LockRequest[],
): Promise<void> {
  const { tenant, name } = lock;
  const old = await tx
    .selectFrom('lock_requests')
    .select(['request_id', 'place'])
    .where('tenant', '=', tenant)
    .where('name', '=', name)
    .where('fence', 'is', null)
    .execute();
  const places = new Map(old.map((row) => [row.request_id, row.place]));
  const stay = new Set(queue.map(({ requestId }) => requestId));
  await remove(
    tx,
    lock,
    [...places.keys()].filter((requestId) => !stay.has(requestId)),
  );
  const heldBy = (await holdsOf(tx, lock)).map(({ runId }) => runKeyOf(runId));
  for (const [index, { requestId, runId, callId, mode, purpose }] of queue.entries()) {
    const place = index + 1;
    if (places.get(requestId) === place) continue;
    await tx
      .insertInto('lock_requests')
      .values({
        request_id: requestId,
        ...lock,
        run_id: runId,
        call_id: callId,
        mode,
        purpose,
        place,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['tenant', 'name', 'request_id'])
          .doUpdateSet({ place })
          // A grant stays one.
          .where('lock_requests.fence', 'is', null),
      )
      .execute();
    const data = { name, callId, mode, place, heldBy };
    await appendEvents(tx, { runId, notes: [], events: [{ type: 'lock.waiting', data }] });
  }
}
