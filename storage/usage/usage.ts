import { sql } from 'kysely';

import {
  makeCounters,
  refusedReservation,
  reservationColumns,
  reservationTables,
  type ReservationRow,
  type Unreserved,
} from '../budgets/reserve.ts';
import { alertEvents, settlementTables, type SettledCall } from '../budgets/settle.ts';
import { eventTables, lockedRun } from '../events/event-tables.ts';
import type { Usage } from '../../domain/models/usage.ts';
import type { StopSubject } from '../../domain/stops/stop-scopes.ts';
import type { Executor } from '../postgres/database.ts';
import { withoutWait } from '../postgres/without-wait.ts';

/** One model call that is about to be made. */
export interface JournalledCall {
  readonly turnId: string;
  readonly tier: number;
  readonly attempt: number;
  readonly tenant: string;
  readonly runId: string;
  readonly project: string;
  readonly specialist: string;
  readonly model: string;
  /** Tokens that the call is counted with while nobody knows better. */
  readonly estimatedTokensIn: number;
  /** Null when the price of the model is unknown. */
  readonly estimatedMicroUsd: number | null;
  /** Tokens that it may use at most: input and answer. */
  readonly reservedTokens: number;
  /** What may not be stopped. */
  readonly subject: StopSubject;
}

/** Whether a call may be made. */
export type Journalled = { readonly type: 'journalled' } | Unreserved;

/** Journals a model call before it is made and reserves what it may use: an interrupted one counts as spent, estimated. */
export async function journalCall(db: Executor, call: JournalledCall): Promise<Journalled> {
  return withCounters(db, call, async () => {
    const { rows } = await sql<ReservationRow>`
      with ${withoutWait},
      open as (select true),
      ${reservationTables(call, 'open')}
      select ${reservationColumns}`.execute(db);
    const [row] = rows;
    if (row === undefined) return undefined;
    const refused = refusedReservation(row);
    if (refused !== undefined) return refused;
    return row.is_missing ? undefined : { type: 'journalled' };
  });
}

/** Counters are made when a statement lacks them, and a day may end in between. */
const maxTries = 5;

/** Repeats a reservation that lacks a counter once it is made. `reserve` comes to undefined when it lacks one. */
export async function withCounters<T>(
  db: Executor,
  call: JournalledCall,
  reserve: () => Promise<T | undefined>,
): Promise<T> {
  for (let tries = 1; tries <= maxTries; tries += 1) {
    const reserved = await reserve();
    if (reserved !== undefined) return reserved;
    await makeCounters(db, call);
  }
  throw new Error(`the counters of the budgets for ${call.turnId} could not be made`);
}

/**
 * Counts a call whose journal was lost with the database after it was begun: it is journalled and settled now. A budget
 * that has no room any more is left as it is.
 */
export async function countLate(
  db: Executor,
  { journalled, usage }: { readonly journalled: JournalledCall; readonly usage: Usage },
): Promise<void> {
  const { runId, turnId, tier, attempt } = journalled;
  const made = await journalCall(db, journalled);
  if (made.type !== 'journalled') return;
  await settleCall(db, { runId, turnId, tier, attempt, state: 'answered', usage });
}

/** What the calls of one tier have used in a turn so far, as they were settled; the cost is null when any of it is unknown. */
export async function usedByTier(
  db: Executor,
  turnId: string,
  tier: number,
): Promise<{ readonly tokens: number; readonly costMicroUsd: number | null }> {
  const { rows } = await sql<{ readonly tokens: string; readonly cost: string | null }>`
    select coalesce(sum(tokens_in + tokens_out), 0) as tokens,
      case when bool_or(cost_micro_usd is null) then null else coalesce(sum(cost_micro_usd), 0) end as cost
    from usage where turn_id = ${turnId} and tier = ${tier}`.execute(db);
  const [row] = rows;
  const cost = row?.cost ?? null;
  return { tokens: Number(row?.tokens ?? 0), costMicroUsd: cost === null ? null : Number(cost) };
}

/** Settles a journalled call with what was really used; a call that used nothing costs nothing. Tells of budgets that are nearly used up. */
export async function settleCall(
  db: Executor,
  call: SettledCall & { readonly runId: string },
): Promise<void> {
  const batch = { runId: call.runId, notes: [], events: [] };
  await sql`
    with ${settlementTables(call)},
    ${lockedRun(call.runId, sql`exists (select from budget_alerts)`)},
    ${eventTables(batch, { gate: 'budget_alerts', more: alertEvents })}
    select from settled`.execute(db);
}
