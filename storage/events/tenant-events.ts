import { sql } from 'kysely';

import { auditOfTenantEvent, type TenantEvent } from '../../domain/events/tenant-event.ts';
import { hashJson } from '../hashing.ts';
import type { Executor } from '../postgres/database.ts';

/** An event of a tenant, and who is behind it. */
export interface ToldEvent {
  readonly tenant: string;
  readonly actor: string;
  readonly event: TenantEvent;
  /** The run that brought it about. */
  readonly runId?: string;
}

/** Writes an event of a tenant and what the audit keeps of it. Call it in the transaction of what it tells of. */
export async function appendTenantEvent(
  db: Executor,
  { tenant, actor, event, runId = '' }: ToldEvent,
): Promise<void> {
  const digest = event.type === 'budget.set' ? hashJson(event.data) : '';
  const { kind, subject, decision } = auditOfTenantEvent(event, { actor, digest });
  await sql`
    with told as (
      insert into tenant_events (tenant, type, actor, run_id, data)
      values (${tenant}, ${event.type}, ${actor}, ${runId}, ${JSON.stringify(event.data)}::json)
      returning event_id, at)
    insert into outbox (tenant, run_id, position, kind, at, actor, subject, digest, decision)
    select ${tenant}, ${runId}, concat('event/', event_id), ${kind}, at, ${actor}, ${subject}, ${digest},
      ${decision ?? null}::text
    from told`.execute(db);
}

/** One event of a tenant as readers get it. */
export interface TenantEventRow {
  readonly event_id: string;
  readonly type: string;
  readonly at: Date;
  readonly actor: string;
  readonly run_id: string;
  readonly data: unknown;
}

/** Events of a tenant, newest first. */
export async function readTenantEvents(
  db: Executor,
  tenant: string,
  limit: number,
): Promise<readonly TenantEventRow[]> {
  return db
    .selectFrom('tenant_events')
    .select(['event_id', 'type', 'at', 'actor', 'run_id', 'data'])
    .where('tenant', '=', tenant)
    .orderBy('event_id', 'desc')
    .limit(limit)
    .execute();
}
