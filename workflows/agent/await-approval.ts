import type { Approval } from '../../domain/approval/approval.ts';
import { afterExpiry } from '../../domain/approval/deciding.ts';
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
  const until = canExpire(approval) ? { timeoutMs: approval.expiresAtMs - Date.now() } : {};
  const inTime = await desk.wait(isOver, { summary, ...until });
  if (inTime !== false || isDecided()) return;
  desk.agent = afterExpiry(desk.agent, approval);
  desk.note('approval.expired', { approvalId: approval.approvalId });
}

/** True while nobody has decided the approval. */
export function isOpen(desk: RunDesk, approvalId: string): boolean {
  return desk.agent.approvals.some(
    (approval) => approval.approvalId === approvalId && approval.state === 'open',
  );
}

function canExpire({ kind }: Approval): boolean {
  return kind !== 'effect_unknown' && kind !== 'budget';
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
