import { sql, type RawBuilder } from 'kysely';

import type { CostGroup } from '../../domain/budget/cost-groups.ts';
import type { Executor } from '../postgres/database.ts';

/** What the model calls of one project, model, day, run or specialist used. */
export interface CostRow {
  readonly name: string;
  readonly calls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** Sum of the calls whose price is known. */
  readonly costMicroUsd: number;
  /** Calls whose price nobody knows: they are not in the sum. */
  readonly unknownCalls: number;
  /** Calls that nobody saw the end of: counted as they were estimated. */
  readonly estimatedCalls: number;
}

const groups: { readonly [group in CostGroup]: RawBuilder<string> } = {
  project: sql<string>`u.project`,
  model: sql<string>`u.model`,
  day: sql<string>`to_char(u.started_at at time zone 'UTC', 'YYYY-MM-DD')`,
  run: sql<string>`u.run_id`,
  specialist: sql<string>`r.specialist`,
};

/** Sums the journal of model calls, dearest first; days by date. Every call counts once, as it was billed. */
export async function readCosts(
  db: Executor,
  tenant: string,
  {
    by,
    since,
    project,
  }: { readonly by: CostGroup; readonly since?: Date; readonly project?: string },
): Promise<readonly CostRow[]> {
  const isSince = since === undefined ? sql`` : sql`and u.started_at >= ${since}::timestamptz`;
  const isProject = project === undefined ? sql`` : sql`and u.project = ${project}`;
  const order = by === 'day' ? sql`name` : sql`cost desc, name`;
  const { rows } = await sql<{ [column in Column]: string } & { readonly name: string }>`
    select ${groups[by]} as name, count(*) as calls, sum(u.tokens_in) as tokens_in, sum(u.tokens_out) as tokens_out,
      coalesce(sum(u.cost_micro_usd), 0) as cost, count(*) filter (where u.cost_micro_usd is null) as unknown,
      count(*) filter (where u.state in ('sent', 'orphaned')) as estimated
    from usage u join runs r on r.run_id = u.run_id
    where u.tenant = ${tenant} ${isSince} ${isProject}
    group by 1 order by ${order}`.execute(db);
  return rows.map((row) => ({
    name: row.name,
    calls: Number(row.calls),
    tokensIn: Number(row.tokens_in),
    tokensOut: Number(row.tokens_out),
    costMicroUsd: Number(row.cost),
    unknownCalls: Number(row.unknown),
    estimatedCalls: Number(row.estimated),
  }));
}

type Column = 'calls' | 'tokens_in' | 'tokens_out' | 'cost' | 'unknown' | 'estimated';
