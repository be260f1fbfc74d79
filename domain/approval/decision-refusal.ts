import type { AgentState } from '../agent/agent-state.ts';
import type { DecideApprovalInput } from '../messages/decide-approval.ts';
import type { Approval, DecidedApproval } from './approval.ts';
import { isForAnybody } from './terms.ts';

/** Why a decision does not count. */
export interface DecisionRefusal {
  readonly type: 'not-found' | 'already-decided' | 'digest-mismatch' | 'incomplete';
  readonly message: string;
}

/**
 * Judges a decision against the approvals of this turn and those that were decided before; undefined when it counts.
 */
export function decisionRefusal(
  { approvals, grants }: Pick<AgentState, 'approvals' | 'grants'>,
  decided: readonly DecidedApproval[],
  input: DecideApprovalInput,
): DecisionRefusal | undefined {
  const approval = approvals.find(({ approvalId }) => approvalId === input.approvalId);
  const before = decided.findLast(
    ({ approvalId, state }) => approvalId === input.approvalId && state !== 'open',
  );
  if (approval?.state !== 'open') {
    if (before !== undefined) {
      const { state, decidedBy, at } = before;
      const message = `the approval was ${state} already by ${decidedBy} at ${at}`;
      return { type: 'already-decided', message };
    }
    if (approval === undefined) {
      return { type: 'not-found', message: `no approval ${input.approvalId} waits in this run` };
    }
    return { type: 'already-decided', message: `the approval was ${approval.state} already` };
  }
  if (input.digest !== undefined && input.digest !== approval.digest) {
    return {
      type: 'digest-mismatch',
      message: 'the call changed since it was shown; look at it again',
    };
  }
  return incompleteFor(approval, input, grants.length);
}

function incomplete(message: string): DecisionRefusal {
  return { type: 'incomplete', message };
}

function incompleteFor(
  approval: Approval,
  input: DecideApprovalInput,
  granted: number,
): DecisionRefusal | undefined {
  if (approval.kind === 'effect_unknown') {
    return incomplete('an unknown effect is settled with settleEffect (holdfast effects settle)');
  }
  if (approval.kind === 'question' && input.decision === 'approve' && input.answer === undefined) {
    return incomplete('a question needs an answer');
  }
  if (
    input.arguments !== undefined &&
    (approval.kind !== 'tool_call' || input.decision !== 'approve')
  ) {
    return incomplete('only an approved tool call can have changed arguments');
  }
  if (input.raiseMicroUsd !== undefined && approval.kind !== 'budget') {
    return incomplete('only the approval of a budget can raise it');
  }
  if (
    input.raiseMicroUsd !== undefined &&
    approval.cap !== undefined &&
    approval.cap.unit !== 'usd'
  ) {
    return incomplete('this budget is not short of money; approve it without an amount');
  }
  return input.remember === undefined ? undefined : cannotRemember(approval, input, granted);
}

function cannotRemember(
  approval: Approval,
  input: DecideApprovalInput,
  granted: number,
): DecisionRefusal | undefined {
  if (approval.kind !== 'tool_call' || input.decision !== 'approve') {
    return incomplete('only an approved tool call can be remembered');
  }
  if (!isForAnybody(approval.terms)) {
    return incomplete('a call that takes a role or several people is approved one by one');
  }
  if (approval.risk === 'destructive') {
    return incomplete('a destructive call is approved one by one; it cannot be remembered');
  }
  if (granted >= maxGrants) {
    return incomplete(`a run keeps at most ${maxGrants} grants; revoke one first`);
  }
  return undefined;
}

/** Most grants of a run: they ride in every input. */
const maxGrants = 16;
