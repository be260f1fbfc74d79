import { sql } from 'kysely';

import type { Hash } from '../../domain/json.ts';
import type { CallOutcome } from '../../domain/tools/call-outcome.ts';
import { eventTables, lockedRun, type NewEvent } from '../events/event-tables.ts';
import type { Executor } from '../postgres/database.ts';
import { withoutWait } from '../postgres/without-wait.ts';

/** An effect whose outcome somebody saw. */
export interface EndedEffect {
  readonly tenant: string;
  readonly runId: string;
  readonly digest: string;
  /** The fence of the writer: a row that somebody took over is left alone. */
  readonly fence: number;
  readonly state: 'committed' | 'failed';
  readonly outcome: CallOutcome;
  /** Texts that the outcome names, by hash; at least one. */
  readonly texts: ReadonlyMap<Hash, string>;
  readonly events: readonly NewEvent[];
}

/**
 * Ends an intent with its outcome, texts and events: one statement, hence one commit, which does not wait for the disk.
 * What a crash of the database loses is the news, never the intent: the row is open again, and its owner writes it once
 * more or somebody looks. Returns false, and has written nothing, when the row is not the writer's any more.
 */
export async function endWithOutcome(db: Executor, ended: EndedEffect): Promise<boolean> {
  const { tenant, runId, outcome, events } = ended;
  const texts = [...ended.texts].map(
    ([hash, text]) => sql`(${hash}, ${Buffer.from(text, 'utf8')}::bytea)`,
  );
  const { rows } = await sql`
    with ${withoutWait},
    ended as (
      update effects
      set state = ${ended.state}, result = ${outcome.result ?? null}, evidence = null, ended_at = now()
      from without_wait
      where call_id = ${outcome.callId} and fence = ${ended.fence} and state = 'intent'
      returning call_id),
    texts as (
      insert into blobs (tenant, hash, bytes)
      select ${tenant}, text.hash, text.bytes from ended, (values ${sql.join(texts)}) as text(hash, bytes)
      on conflict (tenant, hash) do nothing),
    outcome as (
      insert into call_outcomes (call_id, tenant, run_id, digest, outcome, texts)
      select ${outcome.callId}, ${tenant}, ${runId}, ${ended.digest}, ${JSON.stringify(outcome)}::json,
        ${[...ended.texts.keys()]}::text[] from ended
      on conflict (call_id) do nothing),
    ${lockedRun(runId, sql`exists (select from ended)`)},
    ${eventTables({ runId, notes: [], events }, { gate: 'ended' })}
    select call_id from ended`.execute(db);
  return rows.length > 0;
}
