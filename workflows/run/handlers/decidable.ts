import { ApplicationFailure } from '@temporalio/workflow';

import type { Approval } from '../../../domain/approval/approval.ts';
import { FailureType } from '../../../domain/failures.ts';
import type { RunDesk } from '../run-desk.ts';

/** The approval of an id while it is open. @throws {ApplicationFailure} Approval.NotPending */
export function openApproval(desk: RunDesk, approvalId: string): Approval {
  const approval = desk.agent.approvals.find((other) => other.approvalId === approvalId);
  if (approval?.state === 'open') return approval;
  throw notPending('the approval was decided meanwhile');
}

/** Says what is wrong with a message. */
export function invalidMessage(reason: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(reason, FailureType.messageInvalid);
}

/** Says that a run has no such grant, and which it has. */
export function noGrant(
  grantId: string,
  grants: readonly { readonly grantId: string }[],
): ApplicationFailure {
  const message = `the run has no grant ${grantId}`;
  const names = grants.map((grant) => grant.grantId).join(', ');
  const suggestion = names === '' ? 'none holds in this run' : `it has: ${names}`;
  return ApplicationFailure.nonRetryable(message, FailureType.grantNotFound, { suggestion });
}

/** Says why an approval takes no decision. */
export function notPending(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, FailureType.approvalNotPending);
}
