import { sql } from 'kysely';

import type { EffectState } from '../../domain/effects/effect-record.ts';
import type { Json } from '../../domain/json.ts';
import type { RunPins } from '../../domain/run/run-input.ts';
import type { RunStatus } from '../../domain/run/status.ts';
import type { StopSubject } from '../../domain/stops/stop-scopes.ts';
import { eventTables, lockedRun, type NewEvent } from '../events/event-tables.ts';
import type { Executor } from '../postgres/database.ts';
import { stopTable } from '../stops/stops.ts';
import type { NewIntent } from './effects.ts';

/** An effect that somebody wants back, and the run that it belongs to. */
export interface FoundEffect {
  readonly callId: string;
  readonly tenant: string;
  readonly runId: string;
  readonly agentPath: string;
  readonly effectSeq: number;
  readonly digest: string;
  readonly tool: string;
  readonly state: EffectState;
  /** The effect that this one takes back itself. */
  readonly undoes: string | null;
  readonly project: string;
  readonly specialist: string;
  readonly status: RunStatus;
  readonly pins: RunPins;
}

/** An effect with what its run says of itself. */
export async function findEffectToUndo(
  db: Executor,
  tenant: string,
  callId: string,
): Promise<FoundEffect | undefined> {
  const row = await db
    .selectFrom('effects')
    .innerJoin('runs', 'runs.run_id', 'effects.run_id')
    .select(['effects.run_id', 'agent_path', 'effect_seq', 'digest', 'tool', 'state', 'undoes'])
    .select(['runs.project', 'runs.specialist', 'runs.status', 'runs.pins'])
    .where('effects.tenant', '=', tenant)
    .where('effects.call_id', '=', callId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { project, specialist, digest, tool, undoes } = row;
  return {
    callId,
    tenant,
    runId: row.run_id,
    agentPath: row.agent_path,
    effectSeq: row.effect_seq,
    digest,
    tool,
    undoes,
    project,
    specialist,
    // Written by our own activities only, the words by check constraints of the table.
    state: row.state as EffectState,
    status: row.status as RunStatus,
    pins: row.pins as RunPins,
  };
}

/** Whether the intent to take an effect back was written; if not, why. */
export type OpenedUndo =
  | { readonly type: 'written' }
  | { readonly type: 'stopped'; readonly scope: string }
  /** The run works, also at a call that outlived its pause, or the effect is not what it was. */
  | { readonly type: 'moved-on' }
  | { readonly type: 'exists' };

/**
 * Writes the intent to take an effect back with its events, if the effect stands, its run neither works nor is stopped
 * for everybody, and nobody takes it back already: one statement, hence one commit.
 */
export async function openUndo(
  db: Executor,
  {
    intent,
    undoes,
    subject,
    events,
  }: {
    readonly intent: NewIntent;
    readonly undoes: string;
    readonly subject: StopSubject;
    readonly events: readonly NewEvent[];
  },
): Promise<OpenedUndo> {
  const { runId } = intent;
  const { rows } = await sql<{
    readonly scope: string | null;
    readonly is_quiet: boolean;
    readonly is_written: boolean;
  }>`
    with ${lockedRun(runId)},
    ${stopTable(subject, 'run')},
    quiet as (
      select run.run_id from run
      where (run.ended_at is not null or exists (select from runs r where r.run_id = run.run_id and r.status = 'paused'))
        and exists (select from effects e where e.call_id = ${undoes} and e.state = 'committed')
        and not exists (
          select from effects o
          where o.tenant = ${intent.tenant} and o.state = 'intent' and o.run_id = ${runId} and o.undoes is null
            and o.lease_until > now())),
    intent as (
      insert into effects (call_id, tenant, run_id, agent_path, effect_seq, digest, tool, target, state,
        owner, fence, lease_until, before, undoes)
      select ${intent.callId}, ${intent.tenant}, ${runId}, ${intent.agentPath}, ${intent.effectSeq}, ${intent.digest},
        ${intent.tool}, ${intent.target}, 'intent', ${JSON.stringify(intent.owner)}::json, ${intent.fence},
        ${intent.leaseUntil}::timestamptz, ${JSON.stringify(intent.before)}::json, ${undoes}
      from quiet where not exists (select from stop)
      on conflict do nothing
      returning call_id),
    ${eventTables({ runId, notes: [], events }, { gate: 'intent' })}
    select (select scope from stop) as scope, exists (select from quiet) as is_quiet,
      exists (select from intent) as is_written`.execute(db);
  const [row] = rows;
  if (row?.is_written === true) return { type: 'written' };
  if (row !== undefined && row.scope !== null) return { type: 'stopped', scope: row.scope };
  return row?.is_quiet === true ? { type: 'exists' } : { type: 'moved-on' };
}

/** What stands in an intent to take an effect back besides what every intent has. */
export interface UndoBefore {
  readonly decisionId: string;
  readonly by: string;
  readonly preconditions: Json;
}
