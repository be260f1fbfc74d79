import { sql } from 'kysely';

import type { EffectState } from '../../domain/effects/effect-record.ts';
import type { Note } from '../../domain/events/note.ts';
import type { StopSubject } from '../../domain/stops/stop-scopes.ts';
import { eventTables, lockedRun, type NewEvent } from '../events/event-tables.ts';
import { hasDecisions, projectNotes } from '../events/write-notes.ts';
import type { Database, Executor } from '../postgres/database.ts';
import { holdPeople } from '../identity/people.ts';
import { stopTable } from '../stops/stops.ts';
import type { NewIntent } from './effects.ts';

/** An intent with what has to hold for it and what is said with it. */
export interface IntentToOpen {
  readonly intent: NewIntent;
  /** What may not be stopped. */
  readonly subject: StopSubject;
  readonly notes: readonly Note[];
  readonly events: readonly NewEvent[];
}

/** Whether the intent was written; if not, the first of the reasons that holds. */
export type OpenedIntent =
  | { readonly type: 'written' }
  | { readonly type: 'no-run' }
  | { readonly type: 'run-ended' }
  | { readonly type: 'stopped'; readonly scope: string }
  /** The effect before this one is not settled; undefined: the ledger has no such row. */
  | { readonly type: 'gap'; readonly before: EffectState | undefined }
  /** Somebody takes an effect of the run back right now. */
  | { readonly type: 'undoing' }
  /** A row stands at this position already. */
  | { readonly type: 'exists' };

/** What has to hold besides, looked at in the transaction of the intent: why it does not, or undefined. */
export interface IntentCheck<Reason> {
  readonly tenant: string;
  readonly refusal: (tx: Executor) => Promise<Reason | undefined>;
}

/**
 * Writes an intent with its notes and events if the run is open, nothing that covers it is stopped, nobody takes an effect
 * of the run back, and the effect before it is settled: one statement, hence one commit. The run's row is locked first: whoever closes the run sees this intent, or
 * this intent sees that the run is closed. Stops are read behind the lock, however long it was waited for. With a `check`
 * nothing of it is written unless that holds too, behind the same lock.
 */
export async function openIntent<Reason = never>(
  db: Database,
  wanted: IntentToOpen,
  check?: IntentCheck<Reason>,
): Promise<OpenedIntent | { readonly type: 'refused'; readonly reason: Reason }> {
  if (check === undefined && !hasDecisions(wanted.notes)) return open(db, wanted);
  let refused: { readonly reason: Reason } | undefined;
  try {
    return await db.transaction().execute(async (tx) => {
      // Whoever takes a person out of the register waits for this intent, or this intent sees it.
      if (check !== undefined) await holdPeople(tx, check.tenant);
      const opened = await open(tx, wanted);
      if (opened.type !== 'written') return opened;
      const reason = await check?.refusal(tx);
      if (reason !== undefined) {
        refused = { reason };
        throw new Error('what was decided does not cover the call');
      }
      const { tenant, runId } = wanted.intent;
      await projectNotes(tx, { tenant, runId, notes: wanted.notes });
      return opened;
    });
  } catch (error) {
    if (refused === undefined) throw error;
    return { type: 'refused', ...refused };
  }
}

interface OpenedRow {
  readonly has_run: boolean;
  readonly has_ended: boolean | null;
  readonly scope: string | null;
  readonly before: EffectState | null;
  readonly is_undoing: boolean;
  readonly is_written: boolean;
}

async function open(
  db: Executor,
  { intent, subject, notes, events }: IntentToOpen,
): Promise<OpenedIntent> {
  const { runId, agentPath, effectSeq } = intent;
  const { rows } = await sql<OpenedRow>`
    with ${lockedRun(runId)},
    ${stopTable(subject, 'run')},
    before as (
      select state from effects
      where run_id = ${runId} and agent_path = ${agentPath} and effect_seq = ${effectSeq - 1}),
    undoing as (
      select from effects
      where tenant = ${intent.tenant} and state = 'intent' and run_id = ${runId} and undoes is not null
        and lease_until > now()),
    intent as (
      insert into effects (call_id, tenant, run_id, agent_path, effect_seq, digest, tool, target, state,
        owner, fence, lease_until, before)
      select ${intent.callId}, ${intent.tenant}, ${runId}, ${agentPath}, ${effectSeq}, ${intent.digest},
        ${intent.tool}, ${intent.target}, 'intent', ${JSON.stringify(intent.owner)}::json, ${intent.fence},
        ${intent.leaseUntil}::timestamptz, ${JSON.stringify(intent.before)}::json
      from run
      where run.ended_at is null and not exists (select from stop) and not exists (select from undoing)
        and (${effectSeq}::int = 1 or exists (select from before where state in ('committed', 'failed')))
      on conflict (call_id) do nothing
      returning call_id),
    ${eventTables({ runId, notes, events }, { gate: 'intent' })}
    select exists (select from run) as has_run, (select ended_at is not null from run) as has_ended,
      (select scope from stop), (select state from before) as before, exists (select from undoing) as is_undoing,
      exists (select from intent) as is_written`.execute(db);
  const [row] = rows;
  if (row === undefined || !row.has_run) return { type: 'no-run' };
  if (row.is_written) return { type: 'written' };
  if (row.has_ended === true) return { type: 'run-ended' };
  if (row.scope !== null) return { type: 'stopped', scope: row.scope };
  if (row.is_undoing) return { type: 'undoing' };
  const before = row.before ?? undefined;
  const isSettled = effectSeq === 1 || before === 'committed' || before === 'failed';
  return isSettled ? { type: 'exists' } : { type: 'gap', before };
}
