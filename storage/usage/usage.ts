import type { ErrorCode } from '../../domain/failures.ts';
import type { Usage } from '../../domain/models/usage.ts';
import type { Executor } from '../postgres/database.ts';

/** One model call that is about to be made. */
export interface JournalledCall {
  readonly turnId: string;
  readonly tier: number;
  readonly attempt: number;
  readonly tenant: string;
  readonly runId: string;
  readonly project: string;
  readonly model: string;
  /** Tokens that the call is counted with while nobody knows better. */
  readonly estimatedTokensIn: number;
  readonly estimatedMicroUsd: number | null;
}

/** Journals a model call before it is made: an interrupted one counts as spent, estimated. */
export async function journalCall(db: Executor, call: JournalledCall): Promise<void> {
  await db
    .insertInto('usage')
    .values({
      turn_id: call.turnId,
      tier: call.tier,
      attempt: call.attempt,
      tenant: call.tenant,
      run_id: call.runId,
      project: call.project,
      model: call.model,
      state: 'sent',
      tokens_in: call.estimatedTokensIn,
      cost_micro_usd: call.estimatedMicroUsd,
      cost_source: 'counted',
      partial: true,
    })
    .onConflict((conflict) => conflict.columns(['turn_id', 'tier', 'attempt']).doNothing())
    .execute();
}

/** What a journalled call came to. */
export interface SettledCall {
  readonly turnId: string;
  readonly tier: number;
  readonly attempt: number;
  readonly state: 'answered' | 'failed';
  readonly usage: Usage | undefined;
  readonly code?: ErrorCode;
}

/** Settles a journalled call with what was really used; a call that used nothing costs nothing. */
export async function settleCall(db: Executor, call: SettledCall): Promise<void> {
  const { usage } = call;
  await db
    .updateTable('usage')
    .set({
      state: call.state,
      tokens_in: usage?.tokensIn ?? 0,
      tokens_out: usage?.tokensOut ?? 0,
      cached_tokens: usage?.cachedTokens ?? null,
      cost_micro_usd: usage === undefined ? 0 : usage.costMicroUsd,
      cost_source: usage?.costSource ?? 'counted',
      partial: usage?.partial ?? false,
      code: call.code ?? null,
      ended_at: new Date(),
    })
    .where('turn_id', '=', call.turnId)
    .where('tier', '=', call.tier)
    .where('attempt', '=', call.attempt)
    .execute();
}
