import { sql } from 'kysely';

import type { Executor } from '../postgres/database.ts';
import { withoutWait } from '../postgres/without-wait.ts';
import type { JournalledCall } from '../usage/usage.ts';
import type { Admission, BreakerKey } from './breakers.ts';

/**
 * Admits a call to an endpoint that is not known to be sick, and journals it: one statement, whose commit does not wait
 * for the disk. Undefined, and nothing is written, when the breaker is not closed: then it has to be asked what may be done.
 */
export async function admitJournalled(
  db: Executor,
  { tenant, backend }: BreakerKey,
  call: JournalledCall,
): Promise<Extract<Admission, { type: 'admitted' }> | undefined> {
  const { rows } = await sql<{ generation: number }>`
    with ${withoutWait},
    breaker as (
      select state, generation from model_breakers
      where tenant = ${tenant} and backend = ${backend}),
    admitted as (
      select coalesce((select generation from breaker), 0) as generation
      where not exists (select from breaker where state <> 'closed')),
    journalled as (
      insert into usage (turn_id, tier, attempt, tenant, run_id, project, model, state, tokens_in,
        cost_micro_usd, cost_source, partial)
      select ${call.turnId}, ${call.tier}, ${call.attempt}, ${call.tenant}, ${call.runId}, ${call.project},
        ${call.model}, 'sent', ${call.estimatedTokensIn}, ${call.estimatedMicroUsd}::bigint, 'counted', true
      from admitted, without_wait
      on conflict (turn_id, tier, attempt) do nothing)
    select generation from admitted`.execute(db);
  const [row] = rows;
  return row === undefined
    ? undefined
    : { type: 'admitted', generation: row.generation, probe: false };
}
