import { sql } from 'kysely';

import type { Executor } from '../postgres/database.ts';
import { idSearch } from './fitting-ids.ts';

/** One thing that waits, with its run. */
export interface ApprovalRow {
  readonly approval_id: string;
  readonly run_id: string;
  readonly kind: string;
  readonly call_id: string | null;
  readonly digest: string;
  readonly subject: string;
  readonly risk: string;
  readonly rule: string;
  readonly state: string;
  readonly requested_at: Date;
  readonly expires_at: Date;
  readonly terms: unknown;
  readonly title: string;
  readonly requested_by: string;
}

/** One decision that counts on an approval. */
export interface DecisionRow {
  readonly decision: string;
  readonly by_whom: string;
  readonly decided_at: Date;
}

const columns = [
  'a.approval_id',
  'a.run_id',
  'a.kind',
  'a.call_id',
  'a.digest',
  'a.subject',
  'a.risk',
  'a.rule',
  'a.state',
  'a.requested_at',
  'a.expires_at',
  'a.terms',
  'r.title',
  'r.requested_by',
] as const;

/** Open approvals over all runs: the riskiest first, then the oldest. `runId` narrows it to one run. */
export async function readInbox(
  db: Executor,
  tenant: string,
  runId?: string,
): Promise<readonly ApprovalRow[]> {
  return db
    .selectFrom('approvals as a')
    .innerJoin('runs as r', 'r.run_id', 'a.run_id')
    .select([...columns])
    .where('a.tenant', '=', tenant)
    .where('a.state', '=', 'open')
    .$if(runId !== undefined, (query) => query.where('a.run_id', '=', runId ?? ''))
    .orderBy(sql`case a.risk when 'destructive' then 0 when 'change' then 1 else 2 end`)
    .orderBy('a.requested_at')
    .execute();
}

/** One approval by its full id. */
export async function readApproval(
  db: Executor,
  tenant: string,
  approvalId: string,
): Promise<ApprovalRow | undefined> {
  return db
    .selectFrom('approvals as a')
    .innerJoin('runs as r', 'r.run_id', 'a.run_id')
    .select([...columns])
    .where('a.tenant', '=', tenant)
    .where('a.approval_id', '=', approvalId)
    .executeTakeFirst();
}

/** What was decided on an approval so far, in order. */
export async function readDecisions(
  db: Executor,
  approvalId: string,
): Promise<readonly DecisionRow[]> {
  return db
    .selectFrom('decisions')
    .select(['decision', 'by_whom', 'decided_at'])
    .where('approval_id', '=', approvalId)
    .orderBy('decided_at')
    .execute();
}

/** Ids of approvals that end or begin with what a person typed: open ones first, then the best fits; at most three. */
export async function findApprovalIds(
  db: Executor,
  tenant: string,
  typed: string,
): Promise<readonly string[]> {
  const { fits, grade } = idSearch(sql.ref('approval_id'), tenant, typed);
  const rows = await db
    .selectFrom('approvals')
    .select('approval_id')
    .where('tenant', '=', tenant)
    .where(fits)
    .orderBy(sql`state = 'open'`, 'desc')
    .orderBy(grade)
    .orderBy('requested_at')
    .limit(3)
    .execute();
  return rows.map((row) => row.approval_id);
}
