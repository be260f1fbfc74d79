import { sql } from 'kysely';

import type { AuditCheckpoint, AuditRecord } from '../../domain/audit/audit-record.ts';
import type { AuditFailuresQuery, AuditQuery } from '../../domain/audit/audit-query-schema.ts';
import type { Executor } from '../postgres/database.ts';
import { asCheckpoint } from './checkpoints.ts';
import { asRecord } from './records.ts';

/** Records read at once when a whole chain goes by. */
const pageSize = 5_000;

/** Every record of a tenant from a number on, in order, page by page. */
export async function* readChain(
  db: Executor,
  tenant: string,
  from: number,
): AsyncGenerator<readonly AuditRecord[]> {
  let after = from - 1;
  for (;;) {
    const rows = await db
      .selectFrom('audit')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('seq', '>', String(after))
      .orderBy('seq')
      .limit(pageSize)
      .execute();
    if (rows.length > 0) yield rows.map((row) => asRecord(row));
    if (rows.length < pageSize) return;
    after = Number(rows.at(-1)?.seq);
  }
}

/** Checkpoints of a tenant from a number on, in order. */
export async function readCheckpoints(
  db: Executor,
  tenant: string,
  from: number,
): Promise<readonly AuditCheckpoint[]> {
  const rows = await db
    .selectFrom('audit_checkpoints')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('seq', '>=', String(from))
    .orderBy('seq')
    .execute();
  return rows.map((row) => asCheckpoint(row));
}

/** Number of the last record by the head of the chain; 0 for none. */
export async function readHeadSeq(db: Executor, tenant: string): Promise<number> {
  const row = await db
    .selectFrom('audit_heads')
    .select('seq')
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  return Number(row?.seq ?? 0);
}

/** One page of records, newest first, and how many fit in all. */
export interface AuditPage {
  readonly items: readonly AuditRecord[];
  readonly total: number;
}

/** Records that fit every condition given. */
export async function queryAudit(
  db: Executor,
  tenant: string,
  query: AuditQuery,
): Promise<AuditPage> {
  const { status, service, intent, kind, run, actor } = query;
  const fitting = since(db, tenant, query.days)
    .$if(status !== undefined, (q) => q.where('decision', '=', status ?? ''))
    .$if(kind !== undefined, (q) => q.where('kind', '=', kind ?? ''))
    .$if(intent !== undefined, (q) =>
      q.where(sql<boolean>`split_part(kind, '.', 1) = ${intent ?? ''}`),
    )
    .$if(service !== undefined, (q) => q.where(touched(service ?? '')))
    .$if(run !== undefined, (q) => q.where('run_id', '=', run ?? ''))
    .$if(actor !== undefined, (q) =>
      q.where(sql<boolean>`split_part(actor, ' via ', 1) = ${actor ?? ''}`),
    );
  return page(fitting, query);
}

/** Effects that failed or whose end nobody saw, calls that policy denied, and runs that ended badly. */
export async function queryFailures(
  db: Executor,
  tenant: string,
  query: AuditFailuresQuery,
): Promise<AuditPage> {
  const { service } = query;
  const failures = since(db, tenant, query.days)
    .where((eb) =>
      eb.or([
        eb('kind', 'in', ['effect.failed', 'effect.unknown', 'policy.denied']),
        eb.and([
          eb('kind', '=', 'run.ended'),
          eb('decision', 'not in', ['completed', 'cancelled']),
        ]),
      ]),
    )
    .$if(service !== undefined, (q) => q.where(touched(service ?? '')));
  return page(failures, query);
}

function since(db: Executor, tenant: string, days: number) {
  const from = new Date(Date.now() - days * 24 * 60 * 60 * 1_000);
  return db.selectFrom('audit').where('tenant', '=', tenant).where('at', '>=', from);
}

/** A subject begins with what was touched. */
function touched(service: string) {
  return sql<boolean>`split_part(subject, ' ', 1) = ${service}`;
}

async function page(
  fitting: ReturnType<typeof since>,
  { limit, offset }: Pick<AuditQuery, 'limit' | 'offset'>,
): Promise<AuditPage> {
  const [rows, counted] = await Promise.all([
    fitting.selectAll().orderBy('seq', 'desc').limit(limit).offset(offset).execute(),
    fitting.select((eb) => eb.fn.countAll<string>().as('total')).executeTakeFirstOrThrow(),
  ]);
  return { items: rows.map((row) => asRecord(row)), total: Number(counted.total) };
}
