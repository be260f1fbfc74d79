import { afterCalls } from '../../domain/agent/reducer.ts';
import type { Approval } from '../../domain/approval/approval.ts';
import { withApprovalState } from '../../domain/approval/change-approval.ts';
import { decoded, settling } from '../run/activities.ts';
import type { PendingSettlement, RunDesk } from '../run/run-desk.ts';

/** Records what people said about effects whose outcome nobody saw, one after the other, and answers them. */
export async function recordSettlements(desk: RunDesk): Promise<undefined> {
  for (let next = desk.settlements[0]; next !== undefined; next = desk.settlements[0]) {
    const pending = next;
    try {
      await recordOne(desk, pending);
    } finally {
      desk.settlements.shift();
      pending.answer ??= { refused: 'the settlement could not be recorded; send it again' };
    }
  }
}

/** The open question about an effect; undefined when nothing of it waits for a person. */
export function openQuestion(desk: RunDesk, callId: string): Approval | undefined {
  return desk.agent.approvals.find(
    (approval) =>
      approval.kind === 'effect_unknown' && approval.callId === callId && approval.state === 'open',
  );
}

async function recordOne(desk: RunDesk, pending: PendingSettlement): Promise<void> {
  const { input, decisionId } = pending;
  const { callId, settlement, reason, by = 'unauthenticated' } = input;
  const approval = openQuestion(desk, callId);
  if (approval === undefined) {
    pending.answer = { refused: 'the effect was settled meanwhile' };
    return;
  }
  const { recordSettlement: record } = settling({
    summary: `settle ${approval.subject}: ${settlement}`.slice(0, 200),
    taskQueue: desk.pins.queues.tools,
  });
  const { ref: run } = desk.agent;
  const result = decoded(
    await record({ run, callId, settlement, reason, by, decisionId, notes: [] }),
  );
  if (result.type === 'refused') {
    pending.answer = { refused: result.reason };
    return;
  }
  const { approvalId, digest } = approval;
  desk.agent = withApprovalState(desk.agent, approvalId, { state: 'approved' });
  desk.agent =
    result.type === 'settled'
      ? { ...afterCalls(desk.agent, [result.outcome]), effectSeq: result.effectSeq }
      : // The row is gone, so the number of its effect is free again.
        { ...desk.agent, effectSeq: desk.agent.effectSeq - 1 };
  pending.answer = { state: result.type === 'settled' ? settlement : 'run-again' };
  const atMs = Date.now();
  const at = new Date(atMs).toISOString();
  desk.remember({ approvalId, decisionId, state: 'approved', decidedBy: by, at });
  desk.note('approval.decided', {
    approvalId,
    decisionId,
    decision: 'approve',
    state: 'approved',
    digest,
    reason: `${settlement}: ${reason}`,
    by,
    via: 'settle',
    atMs,
  });
}
