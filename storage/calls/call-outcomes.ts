import type { Hash } from '../../domain/json.ts';
import type { CallOutcome } from '../../domain/tools/call-outcome.ts';
import type { Executor } from '../postgres/database.ts';

/** An outcome and the digest of the call it belongs to. */
export interface StoredOutcome {
  readonly outcome: CallOutcome;
  readonly digest: string;
}

/** Stores what became of a call, with the texts that belong to it; the first outcome stays. Returns whether it is this one. */
export async function putOutcome(
  db: Executor,
  call: { readonly tenant: string; readonly runId: string; readonly digest: string },
  {
    outcome,
    texts,
    durationMs,
  }: {
    readonly outcome: CallOutcome;
    readonly texts: readonly Hash[];
    readonly durationMs?: number | undefined;
  },
): Promise<boolean> {
  const rows = await db
    .insertInto('call_outcomes')
    .values({
      call_id: outcome.callId,
      tenant: call.tenant,
      run_id: call.runId,
      digest: call.digest,
      outcome: JSON.stringify(outcome),
      texts: [...texts],
      duration_ms: durationMs === undefined ? null : Math.round(durationMs),
    })
    .onConflict((conflict) => conflict.column('call_id').doNothing())
    .returning('call_id')
    .execute();
  return rows.length > 0;
}

/** Forgets the outcome of a call that left no trace in the ledger. */
export async function dropOutcome(db: Executor, callId: string): Promise<void> {
  await db.deleteFrom('call_outcomes').where('call_id', '=', callId).execute();
}

/** The outcome of a call, when it has one. */
export async function getOutcome(db: Executor, callId: string): Promise<StoredOutcome | undefined> {
  const row = await db
    .selectFrom('call_outcomes')
    .select(['outcome', 'digest'])
    .where('call_id', '=', callId)
    .executeTakeFirst();
  // The column is written by putOutcome only.
  return row === undefined
    ? undefined
    : { outcome: row.outcome as CallOutcome, digest: row.digest };
}
