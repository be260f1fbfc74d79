import type { AgentState } from '../agent/agent-state.ts';
import type { PassedCap } from '../budget/budget.ts';
import type { Hash } from '../json.ts';
import { approvalIdOf } from '../run/ids.ts';
import type { PreparedCall } from '../tools/prepared-call.ts';
import { approvalExpiryMs, type Approval, type ApprovalKind } from './approval.ts';
import type { ApprovalTerms } from './terms.ts';

/** What a new approval is about. */
export interface ApprovalSubject {
  readonly kind: ApprovalKind;
  /** CallId or TurnId. */
  readonly position: string;
  readonly callId?: string;
  readonly subject: string;
  readonly digest: Hash;
  readonly risk: Approval['risk'];
  readonly rule: string;
  readonly needsMicroUsd?: number;
  readonly cap?: PassedCap;
  readonly terms?: ApprovalTerms | undefined;
  readonly editedBy?: readonly string[];
}

/** Opens an approval at a call or turn; its number counts per turn. */
export function withApproval(
  agent: AgentState,
  { position, terms, ...subject }: ApprovalSubject,
  nowMs: number,
): { readonly agent: AgentState; readonly approval: Approval } {
  const asked = agent.asked + 1;
  const approval: Approval = {
    approvalId: approvalIdOf(position, asked),
    ...subject,
    requestedAtMs: nowMs,
    expiresAtMs:
      nowMs + (terms === undefined ? approvalExpiryMs : terms.expiresAfterSeconds * 1_000),
    state: 'open',
    ...(terms === undefined ? {} : { terms }),
  };
  return { agent: { ...agent, asked, approvals: [...agent.approvals, approval] }, approval };
}

/** What a call that waits is about. */
export function subjectOfCall(call: PreparedCall): ApprovalSubject {
  return {
    kind: call.access === 'wait' ? 'question' : 'tool_call',
    position: call.callId,
    callId: call.callId,
    subject: call.preview,
    digest: call.digest,
    risk: riskOf(call),
    rule: call.verdict.rule,
    terms: call.verdict.approval,
  };
}

function riskOf({ access }: PreparedCall): Approval['risk'] {
  return access === 'finish' ? 'read' : access;
}
