import type { Approval } from '../../domain/approval/approval.ts';
import { withApprovalChange } from '../../domain/approval/change-approval.ts';
import { afterDecision } from '../../domain/approval/deciding.ts';
import { afterEscalation, afterExpiry, timeoutMove } from '../../domain/approval/timeouts.ts';
import { nextDue, type Due } from '../../domain/approval/due.ts';
import { noteDecision } from '../run/handlers/note-decision.ts';
import type { RunDesk } from '../run/run-desk.ts';

/**
 * Waits until somebody decides one approval, or until there is something else to look at: then the loop comes back.
 * The clock of the run stands meanwhile; questions about unknown effects and budgets never expire.
 */
export async function awaitApproval(desk: RunDesk, approval: Approval): Promise<undefined> {
  show(desk, approval);
  await desk.announceApproval(approval);
  const isDecided = (): boolean => !isOpen(desk, approval.approvalId);
  const isOver = (): boolean => isDecided() || (desk.isHeld && !desk.isClosing);
  const summary = `waiting for a person: ${approval.kind}`;
  const due = nextDue(approval);
  const until = due === undefined ? {} : { timeoutMs: due.atMs - Date.now() };
  const inTime = await desk.wait(isOver, { summary, ...until });
  if (inTime !== false || isDecided() || due === undefined) return;
  await passDue(desk, approval.approvalId, due);
}

/** True while nobody has decided the approval. */
export function isOpen(desk: RunDesk, approvalId: string): boolean {
  return openOne(desk, approvalId) !== undefined;
}

function openOne(desk: RunDesk, approvalId: string): Approval | undefined {
  return desk.agent.approvals.find(
    (approval) => approval.approvalId === approvalId && approval.state === 'open',
  );
}

/** Does what is due. Votes may have come during the wait: the approval is read again. */
async function passDue(desk: RunDesk, approvalId: string, due: Due): Promise<void> {
  const approval = openOne(desk, approvalId);
  if (approval === undefined) return;
  switch (due.type) {
    case 'remind':
      desk.agent = withApprovalChange(desk.agent, approvalId, { isReminded: true });
      return announceAgain(desk, approvalId, { type: 'reminder' });
    case 'escalate':
      return escalate(desk, approval, due.to);
    case 'expire':
      return expire(desk, approval);
  }
}

async function escalate(desk: RunDesk, approval: Approval, to: string): Promise<void> {
  desk.agent = afterEscalation(desk.agent, approval, { to, nowMs: Date.now() });
  const step = (approval.escalatedTo?.length ?? 0) + 1;
  return announceAgain(desk, approval.approvalId, { type: 'escalation', step, to });
}

async function expire(desk: RunDesk, approval: Approval): Promise<void> {
  const move = timeoutMove(approval);
  switch (move.type) {
    case 'reject':
      desk.agent = afterExpiry(desk.agent, approval);
      desk.note('approval.expired', { approvalId: approval.approvalId });
      return;
    case 'approve':
      desk.agent = afterDecision(desk.agent, move.decision);
      noteDecision(desk, move.decision, { state: 'approved' });
      return;
    case 'escalate':
      return escalate(desk, approval, move.to);
  }
}

async function announceAgain(
  desk: RunDesk,
  approvalId: string,
  occasion: Parameters<RunDesk['announceAgain']>[1],
): Promise<void> {
  const approval = openOne(desk, approvalId);
  if (approval !== undefined) await desk.announceAgain(approval, occasion);
}

function show(desk: RunDesk, { kind }: Approval): void {
  switch (kind) {
    case 'effect_unknown':
    case 'budget':
    case 'question':
      desk.show('paused', kind);
      return;
    case 'tool_call':
    case 'definition':
      desk.show('awaiting_approval', null);
  }
}
