import type { CallOutcome } from '../../domain/tools/call-outcome.ts';
import type { Executor } from '../postgres/database.ts';

/** An outcome and the digest of the call it belongs to. */
export interface StoredOutcome {
  readonly outcome: CallOutcome;
  readonly digest: string;
}

/** Stores what became of a call; the first outcome stays. */
export async function putOutcome(
  db: Executor,
  call: { readonly tenant: string; readonly runId: string; readonly digest: string },
  outcome: CallOutcome,
): Promise<void> {
  await db
    .insertInto('call_outcomes')
    .values({
      call_id: outcome.callId,
      tenant: call.tenant,
      run_id: call.runId,
      digest: call.digest,
      outcome: JSON.stringify(outcome),
    })
    .onConflict((conflict) => conflict.column('call_id').doNothing())
    .execute();
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
