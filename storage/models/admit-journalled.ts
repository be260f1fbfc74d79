import { sql } from 'kysely';

import type { Executor } from '../postgres/database.ts';
import { withoutWait } from '../postgres/without-wait.ts';
import {
  refusedReservation,
  reservationColumns,
  reservationTables,
  type ReservationRow,
  type Unreserved,
} from '../budgets/reserve.ts';
import { withCounters, type JournalledCall } from '../usage/usage.ts';
import type { Admission, BreakerKey } from './breakers.ts';

/** A call that was admitted and journalled, one that is stopped or that a budget has no room for, or one whose breaker must be asked. */
type QuickAdmission =
  | Extract<Admission, { type: 'admitted' }>
  | Unreserved
  | { readonly type: 'ask-breaker' };

/**
 * Admits a call to an endpoint that is not known to be sick, journals it and reserves what it may use: one statement,
 * whose commit does not wait for the disk. `ask-breaker`, and nothing is written, when the breaker is not closed.
 */
export async function admitJournalled(
  db: Executor,
  { tenant, backend }: BreakerKey,
  call: JournalledCall,
): Promise<QuickAdmission> {
  return withCounters(db, call, async () => {
    const { rows } = await sql<ReservationRow & { readonly generation: number | null }>`
      with ${withoutWait},
      breaker as (
        select state, generation from model_breakers
        where tenant = ${tenant} and backend = ${backend}),
      admitted as (
        select coalesce((select generation from breaker), 0) as generation
        where not exists (select from breaker where state <> 'closed')),
      ${reservationTables(call, 'admitted')}
      select (select generation from admitted), ${reservationColumns}`.execute(db);
    const [row] = rows;
    if (row === undefined) return undefined;
    if (row.generation === null) return { type: 'ask-breaker' };
    const refused = refusedReservation(row);
    if (refused !== undefined) return refused;
    if (row.is_missing) return undefined;
    return { type: 'admitted', generation: row.generation, probe: false };
  });
}
