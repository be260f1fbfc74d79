import { sql } from 'kysely';

import type { CallRecord, CallStatus } from '../../domain/audit/call-audit.ts';
import type { TrustLevel } from '../../domain/tools/tool-trust.ts';
import { hashJson } from '../hashing.ts';
import type { Executor } from '../postgres/database.ts';

/** Which calls to read. */
export interface CallFilter {
  readonly since?: string | undefined;
  readonly tool?: string | undefined;
  readonly status?: CallStatus | undefined;
  readonly runId?: string | undefined;
}

/** One call, and where the next page begins. */
interface CallRow {
  readonly call_id: string;
  readonly run_id: string;
  readonly tool: string;
  readonly arguments: unknown;
  readonly trust: string | null;
  readonly created_at: Date;
  /** The same moment with all its digits. */
  readonly moment: string;
  readonly status: string | null;
  readonly code: string | null;
  readonly duration_ms: number | null;
}

/** Calls read at once; arguments of one may have 2 MB. */
const pageSize = 200;

/** The newest calls that fit, newest first. */
export async function readCallAudit(
  db: Executor,
  tenant: string,
  { limit, ...filter }: CallFilter & { readonly limit: number },
): Promise<readonly CallRecord[]> {
  const order = sql`order by created_at desc, call_id desc limit ${limit}`;
  const { rows } = await sql<CallRow>`${fitting(tenant, filter)} ${order}`.execute(db);
  return rows.map((row) => asRecord(row));
}

/** Every call that fits in order, page by page. */
export async function* readAllCalls(
  db: Executor,
  tenant: string,
  filter: CallFilter,
): AsyncGenerator<readonly CallRecord[]> {
  let last: CallRow | undefined;
  for (;;) {
    const after =
      last === undefined
        ? sql``
        : sql`and (created_at, call_id) > (${last.moment}::timestamptz, ${last.call_id})`;
    const { rows } = await sql<CallRow>`
      ${fitting(tenant, filter)} ${after} order by created_at, call_id limit ${pageSize}`.execute(
      db,
    );
    if (rows.length > 0) yield rows.map((row) => asRecord(row));
    if (rows.length < pageSize) return;
    last = rows.at(-1);
  }
}

/**
 * Calls as they were prepared last, with what became of them: what a tool gave back, what the ledger says, what policy,
 * people or the workflow itself answered.
 */
function fitting(tenant: string, { since, tool, status, runId }: CallFilter) {
  const ofRun = runId === undefined ? sql`` : sql`and run_id = ${runId}`;
  const conditions = [
    since === undefined ? sql`` : sql`and created_at >= ${since}::timestamptz`,
    tool === undefined ? sql`` : sql`and tool = ${tool}`,
    status === undefined ? sql`` : sql`and status = ${status}`,
  ];
  return sql`
    with call as (
      select distinct on (call_id) * from prepared_calls
      where tenant = ${tenant} ${ofRun} order by call_id, created_at desc, digest),
    ended as (
      select c.call_id, c.run_id, c.tool, c.arguments, c.trust, c.created_at, c.created_at::text as moment,
        case
          when o.outcome->>'status' = 'ok' then 'success'
          when o.outcome->>'status' = 'error' then 'error'
          when o.outcome is not null then 'blocked'
          when e.state = 'unknown' or c.verdict->>'rule' like 'invalid/%' or gate.code is not null then 'error'
          when c.verdict->>'type' = 'deny' or a.state in ('rejected', 'expired') then 'blocked'
          when c.access = 'wait' and a.state = 'approved' then 'success'
          when c.access = 'finish' and r.stop_reason = 'finished' then 'success'
        end as status,
        case
          when o.outcome is not null then o.outcome->>'code'
          when e.state = 'unknown' then 'effect_unknown'
          when c.verdict->>'rule' like 'invalid/%' then substr(c.verdict->>'rule', 9)
          when gate.code is not null then gate.code
          when c.verdict->>'type' = 'deny' then 'policy_denied'
          when a.state in ('rejected', 'expired') then 'approval_' || a.state
        end as code,
        coalesce(o.duration_ms, case when e.settled_by is null and e.state in ('committed', 'failed')
          then (extract(epoch from e.ended_at - e.created_at) * 1000)::int end) as duration_ms
      from call c
      left join runs r on r.run_id = c.run_id
      left join call_outcomes o on o.call_id = c.call_id
      left join effects e on e.call_id = c.call_id
      left join (
        select distinct on (call_id) call_id, state from approvals
        where tenant = ${tenant} and call_id is not null
        order by call_id, requested_at desc) a on a.call_id = c.call_id
      left join lateral (
        select data->>'code' as code from events
        where c.access = 'finish' and run_id = c.run_id and type = 'gate.failed' and data->>'callId' = c.call_id
        limit 1) gate on true)
    select * from ended where true ${sql.join(conditions, sql` `)}`;
}

function asRecord(row: CallRow): CallRecord {
  return {
    callId: row.call_id,
    runId: row.run_id,
    timestamp: row.created_at.toISOString(),
    toolName: row.tool,
    argsHash: hashJson(row.arguments),
    // Closed sets, by the statement above and by storage/calls.
    resultStatus: row.status as CallStatus | null,
    trustLevel: row.trust as TrustLevel | null,
    durationMs: row.duration_ms,
    errorCode: row.code,
  };
}
