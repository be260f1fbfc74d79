import { sql } from 'kysely';

import type { Approval, ApprovalState, Decision } from '../../domain/approval/approval.ts';
import type { Executor } from '../postgres/database.ts';

/** Writes an approval into the inbox; writing it again changes nothing. Returns whether it is new. */
export async function putApproval(
  db: Executor,
  run: { readonly tenant: string; readonly runId: string },
  approval: Approval,
): Promise<boolean> {
  const rows = await db
    .insertInto('approvals')
    .values({
      approval_id: approval.approvalId,
      tenant: run.tenant,
      run_id: run.runId,
      kind: approval.kind,
      call_id: approval.callId ?? null,
      digest: approval.digest,
      subject: approval.subject,
      risk: approval.risk,
      rule: approval.rule,
      state: 'open',
      requested_at: new Date(approval.requestedAtMs),
      expires_at: new Date(approval.expiresAtMs),
      terms: approval.terms === undefined ? null : JSON.stringify(approval.terms),
    })
    .onConflict((conflict) => conflict.column('approval_id').doNothing())
    .returning('approval_id')
    .execute();
  return rows.length > 0;
}

/** True while the inbox has an approval open. */
export async function isApprovalOpen(db: Executor, approvalId: string): Promise<boolean> {
  const row = await db
    .selectFrom('approvals')
    .select('state')
    .where('approval_id', '=', approvalId)
    .executeTakeFirst();
  return row?.state === 'open';
}

/** Opens an approval that is in the inbox and not open: its run waits for it. Returns whether that changed anything. */
export async function reopenApproval(db: Executor, approvalId: string): Promise<boolean> {
  const result = await db
    .updateTable('approvals')
    .set({ state: 'open', decided_at: null })
    .where('approval_id', '=', approvalId)
    .where('state', '<>', 'open')
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/**
 * Records that people are told once more of an approval: with it may come a later expiry and somebody else who decides.
 * `told` counts these tellings from 1. Returns whether this one is new.
 */
export async function tellAgain(
  db: Executor,
  { approvalId, expiresAtMs, escalatedTo = [] }: Approval,
  told: number,
): Promise<boolean> {
  const rows = await db
    .updateTable('approvals')
    .set({ told, expires_at: new Date(expiresAtMs), escalated_to: escalatedTo.join(' ') })
    .where('approval_id', '=', approvalId)
    .where('told', '<', told)
    .returning('approval_id')
    .execute();
  return rows.length > 0;
}

/** What the inbox has on record of an approval that was asked for. */
export interface AskedApproval {
  /** The call that people were shown. */
  readonly digest: string;
  /** In milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** Roles, or `person:NAME`, that the escalation reached, in order. */
  readonly escalatedTo: readonly string[];
}

/** What a run asked for on one of its calls, by the id of the approval; others are missing from the map. */
export async function askedApprovals(
  db: Executor,
  { runId, callId }: { readonly runId: string; readonly callId: string },
  approvalIds: readonly string[],
): Promise<ReadonlyMap<string, AskedApproval>> {
  if (approvalIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('approvals')
    .select(['approval_id', 'digest', 'expires_at', 'escalated_to'])
    .where('approval_id', 'in', [...approvalIds])
    .where('run_id', '=', runId)
    .where('call_id', '=', callId)
    .execute();
  return new Map(
    rows.map((row) => {
      const escalatedTo = (row.escalated_to ?? '').split(' ').filter((to) => to !== '');
      const expiresAtMs = row.expires_at.getTime();
      return [row.approval_id, { digest: row.digest, expiresAtMs, escalatedTo }];
    }),
  );
}

/** A decision as its note tells it. */
export type RecordedDecision = Omit<Decision, 'proof' | 'signed'> & {
  /** Key of the proof, when there was one. */
  readonly keyId?: string | undefined;
};

/** Records decisions; each is stored once. */
export async function recordDecisions(
  db: Executor,
  run: { readonly tenant: string; readonly runId: string },
  decisions: readonly RecordedDecision[],
): Promise<void> {
  if (decisions.length === 0) return;
  await db
    .insertInto('decisions')
    .values(
      decisions.map((decision) => ({
        decision_id: `${decision.approvalId}/${decision.decisionId}`,
        tenant: run.tenant,
        run_id: run.runId,
        approval_id: decision.approvalId,
        digest: decision.digest,
        decision: decision.decision,
        reason: decision.reason ?? null,
        by_whom: decision.by,
        key_id: decision.keyId ?? null,
        claimed: decision.claimed ?? null,
        via: decision.via,
        decided_at: new Date(decision.atMs),
      })),
    )
    .onConflict((conflict) => conflict.column('decision_id').doNothing())
    .execute();
}

/** Sets the state of one approval in the inbox: nothing follows a decision, but that the call it was for has changed. */
export async function setApprovalState(
  db: Executor,
  approvalId: string,
  state: ApprovalState,
): Promise<void> {
  await db
    .updateTable('approvals')
    .set((eb) => ({ state, decided_at: eb.fn.coalesce('decided_at', sql<Date>`now()`) }))
    .where('approval_id', '=', approvalId)
    .where('state', 'in', state === 'superseded' ? ['open', 'approved'] : ['open'])
    .execute();
}

/** Withdraws every approval of a run that nobody decided: it has ended. */
export async function withdrawApprovals(db: Executor, runId: string): Promise<void> {
  await db
    .updateTable('approvals')
    .set({ state: 'withdrawn', decided_at: new Date() })
    .where('run_id', '=', runId)
    .where('state', '=', 'open')
    .execute();
}
