import type { Approval } from '../../domain/approval/approval.ts';
import { afterExpiry, withApprovalState } from '../../domain/approval/deciding.ts';
import { afterCalls } from '../../domain/agent/reducer.ts';
import { run, tools, decoded } from '../run/activities.ts';
import type { PendingSettlement, RunDesk } from '../run/run-desk.ts';
import type { AgentEnd } from './agent-end.ts';

/**
 * Waits until somebody decides one approval. The clock of the run stands meanwhile; questions about unknown effects
 * and budgets never expire. Ends early, with the approval still open, when the history is long enough.
 */
export async function awaitApproval(
  desk: RunDesk,
  approval: Approval,
): Promise<AgentEnd | undefined> {
  await announce(desk, approval);
  const isDecided = (): boolean => !isOpen(desk, approval.approvalId);
  const isOver = (): boolean => isDecided() || desk.settlements.length > 0;
  const summary = `waiting for a person: ${approval.kind}`;
  const inTime = canExpire(approval)
    ? await desk.wait(isOver, { summary, timeoutMs: approval.expiresAtMs - Date.now() })
    : await desk.wait(isOver, { summary });
  if (!inTime && !isDecided()) {
    desk.agent = afterExpiry(desk.agent, approval);
    desk.note('approval.expired', { approvalId: approval.approvalId });
  }
  const settlement = desk.settlements.shift();
  if (settlement !== undefined) await recordSettlement(desk, approval, settlement);
  if (!isDecided()) return undefined;
  desk.endWait();
  desk.show('running', null);
  await desk.announce({ status: 'running' });
  return endAfter(desk, approval);
}

function isOpen(desk: RunDesk, approvalId: string): boolean {
  return desk.agent.approvals.some(
    (approval) => approval.approvalId === approvalId && approval.state === 'open',
  );
}

function canExpire({ kind }: Approval): boolean {
  return kind !== 'effect_unknown' && kind !== 'budget';
}

async function announce(desk: RunDesk, approval: Approval): Promise<void> {
  const isPause = approval.kind === 'effect_unknown' || approval.kind === 'budget';
  if (approval.kind === 'effect_unknown') desk.show('paused', 'effect_unknown');
  else if (isPause) desk.show('paused', 'budget');
  else if (approval.kind === 'question') desk.show('paused', 'question');
  else desk.show('awaiting_approval', null);
  const notes = desk.agent.notes;
  await run(`waits for a person: ${approval.subject}`.slice(0, 200)).announceApproval({
    run: desk.agent.ref,
    approval,
    notes,
  });
  desk.delivered({ messages: 0, notes: notes.length });
}

/** A budget that a person would not raise ends the run. */
function endAfter(desk: RunDesk, { approvalId, kind }: Approval): AgentEnd | undefined {
  const decided = desk.agent.approvals.find((approval) => approval.approvalId === approvalId);
  if (kind !== 'budget' || decided?.state !== 'rejected') return undefined;
  return { type: 'stopped', reason: 'cost', message: 'a person did not raise the budget' };
}

async function recordSettlement(
  desk: RunDesk,
  approval: Approval,
  pending: PendingSettlement,
): Promise<void> {
  const { input, decisionId } = pending;
  const by = input.by ?? 'unauthenticated';
  const { recordSettlement: record } = tools({
    remainingMs: settlementTimeoutMs,
    summary: `settle ${approval.subject}: ${input.settlement}`.slice(0, 200),
    taskQueue: desk.pins.queues.tools,
  });
  const { callId, settlement, reason } = input;
  const result = decoded(
    await record({ run: desk.agent.ref, callId, settlement, reason, by, decisionId, notes: [] }),
  );
  if (result.type === 'refused') {
    pending.answer = { refused: result.reason };
    return;
  }
  desk.agent = withApprovalState(desk.agent, approval.approvalId, { state: 'approved' });
  if (result.type === 'settled') {
    desk.agent = { ...afterCalls(desk.agent, [result.outcome]), effectSeq: result.effectSeq };
  } else {
    // The row is gone, so the number of its effect is free again.
    desk.agent = { ...desk.agent, effectSeq: desk.agent.effectSeq - 1 };
  }
  pending.answer = { state: result.type === 'settled' ? settlement : 'run-again' };
  const state = 'approved';
  desk.note('approval.decided', {
    approvalId: approval.approvalId,
    decisionId,
    decision: 'approve',
    state,
    digest: approval.digest,
    reason: `${settlement}: ${reason}`,
    by,
    via: 'settle',
    atMs: Date.now(),
  });
}

/** Settling needs the database only; it is tried this long before the person is told. */
const settlementTimeoutMs = 10 * 60 * 1000;
