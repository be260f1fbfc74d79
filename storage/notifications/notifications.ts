import { sql } from 'kysely';

import type { Notification } from '../../domain/notifications/notification.ts';
import type { Recipient } from '../../domain/notifications/recipients.ts';
import type { Database, Executor } from '../postgres/database.ts';

/** A notification that somebody has to send now. */
export interface ClaimedNotification extends Recipient {
  readonly eventId: string;
  readonly body: Notification;
  /** This attempt counts, from 1. */
  readonly attempt: number;
}

/** Puts a notification on its way to each recipient, once; in the transaction of what it tells. */
export async function addNotifications(
  db: Executor,
  runId: string,
  notification: Notification,
  recipients: readonly Recipient[],
): Promise<void> {
  if (recipients.length === 0) return;
  await db
    .insertInto('notifications')
    .values(
      recipients.map(({ destination, address }) => ({
        event_id: notification.id,
        destination,
        recipient: address,
        tenant: notification.tenant,
        run_id: runId,
        body: JSON.stringify(notification),
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['event_id', 'destination', 'recipient']).doNothing(),
    )
    .execute();
}

/** Takes notifications that are due, each for one sender: they are due again after `leaseMs`, should it die. */
export async function claimNotifications(
  db: Database,
  destinations: readonly string[],
  { limit, leaseMs }: { readonly limit: number; readonly leaseMs: number },
): Promise<readonly ClaimedNotification[]> {
  const { rows } = await sql<{
    event_id: string;
    destination: string;
    recipient: string;
    body: Notification;
    attempts: number;
  }>`
    update notifications set attempts = attempts + 1, next_at = now() + ${leaseMs} * interval '1 millisecond'
    where (event_id, destination, recipient) in (
      select event_id, destination, recipient from notifications
      where state = 'pending' and next_at <= now() and destination in (${sql.join([...destinations])})
      order by next_at limit ${limit} for update skip locked)
    returning event_id, destination, recipient, body, attempts`.execute(db);
  return rows.map(({ event_id: eventId, destination, recipient, body, attempts }) => ({
    eventId,
    destination,
    address: recipient,
    body,
    attempt: attempts,
  }));
}

/** Records that a notification arrived. */
export async function markDelivered(
  db: Database,
  { eventId, destination, address }: ClaimedNotification,
): Promise<void> {
  await db
    .updateTable('notifications')
    .set({ state: 'delivered', ended_at: new Date(), last_error: null })
    .where('event_id', '=', eventId)
    .where('destination', '=', destination)
    .where('recipient', '=', address)
    .execute();
}

/** Records that an attempt failed: it is tried again after `retryMs`, or never when that is undefined. */
export async function markFailed(
  db: Database,
  { eventId, destination, address }: ClaimedNotification,
  { error, retryMs }: { readonly error: string; readonly retryMs: number | undefined },
): Promise<void> {
  const next =
    retryMs === undefined
      ? { state: 'dead', ended_at: new Date() }
      : { next_at: new Date(Date.now() + retryMs) };
  await db
    .updateTable('notifications')
    .set({ ...next, last_error: error })
    .where('event_id', '=', eventId)
    .where('destination', '=', destination)
    .where('recipient', '=', address)
    .where('state', '=', 'pending')
    .execute();
}

/** A notification that could not be delivered. */
export interface UndeliveredRow {
  readonly event_id: string;
  readonly destination: string;
  readonly recipient: string;
  readonly run_id: string;
  readonly attempts: number;
  readonly last_error: string | null;
  readonly created_at: Date;
}

/** Notifications that could not be delivered, newest first; at most 100. */
export async function readUndelivered(
  db: Executor,
  tenant: string,
): Promise<readonly UndeliveredRow[]> {
  return db
    .selectFrom('notifications')
    .select([
      'event_id',
      'destination',
      'recipient',
      'run_id',
      'attempts',
      'last_error',
      'created_at',
    ])
    .where('tenant', '=', tenant)
    .where('state', '=', 'dead')
    .orderBy('created_at', 'desc')
    .limit(100)
    .execute();
}

/** Puts what could not be delivered on its way once more. Returns how many. */
export async function redeliver(db: Database, tenant: string): Promise<number> {
  const rows = await db
    .updateTable('notifications')
    .set({ state: 'pending', attempts: 0, next_at: new Date(), ended_at: null })
    .where('tenant', '=', tenant)
    .where('state', '=', 'dead')
    .returning('event_id')
    .execute();
  return rows.length;
}

/** What a notification says besides the approval itself. */
export async function whatWaits(
  db: Executor,
  runId: string,
  call: { readonly callId: string; readonly digest: string } | undefined,
): Promise<{ readonly requestedBy: string; readonly tool?: string }> {
  const run = await db
    .selectFrom('runs')
    .select('requested_by')
    .where('run_id', '=', runId)
    .executeTakeFirst();
  const requestedBy = run?.requested_by ?? 'unknown';
  if (call === undefined) return { requestedBy };
  const prepared = await db
    .selectFrom('prepared_calls')
    .select('tool')
    .where('call_id', '=', call.callId)
    .where('digest', '=', call.digest)
    .executeTakeFirst();
  return { requestedBy, ...(prepared === undefined ? {} : { tool: prepared.tool }) };
}
