import { sql } from 'kysely';

import type { Database } from '../postgres/database.ts';

/** One prepared call of a run, as it was prepared last, with the state of its effect. */
export interface RunCallRow {
  readonly call_id: string;
  readonly tool: string;
  readonly preview: string;
  readonly facts: unknown;
  readonly verdict: unknown;
  /** Null without a row in the ledger. */
  readonly effect: string | null;
}

/** Every call of a run in the order of turns and positions. */
export async function readRunCalls(db: Database, runId: string): Promise<readonly RunCallRow[]> {
  const { rows } = await sql<RunCallRow>`
    select call.call_id, call.tool, call.preview, call.facts, call.verdict, e.state as effect
    from (select distinct on (call_id) * from prepared_calls where run_id = ${runId}
      order by call_id, created_at desc) call
    left join effects e on e.call_id = call.call_id
    order by substring(call.call_id from '/t(\d+)/c\d+$')::int, substring(call.call_id from '/c(\d+)$')::int`.execute(
    db,
  );
  return rows;
}
