import type { Decision } from '../../../domain/approval/approval.ts';
import { compactJson } from '../../../domain/json.ts';
import type { RunDesk } from '../run-desk.ts';

/** What a decision came to. */
export interface DecisionEnd {
  readonly state: 'approved' | 'rejected' | 'open';
  /** What is still missing, in words. */
  readonly missing?: string | undefined;
  /** Digest of the call before it was changed. */
  readonly changedFrom?: string | undefined;
}

/** Notes a decision as the inbox and the log need it. */
export function noteDecision(
  desk: RunDesk,
  decision: Decision,
  { state, missing, changedFrom }: DecisionEnd,
): void {
  const { approvalId, decisionId, digest, reason, answer, by, via, atMs, remember } = decision;
  const { raiseMicroUsd, claimed, proof } = decision;
  const type = state === 'open' ? 'approval.counted' : 'approval.decided';
  const data = compactJson({
    approvalId,
    decisionId,
    decision: decision.decision,
    state,
    digest,
    reason,
    answer,
    remember,
    raiseMicroUsd,
    by,
    claimed,
    keyId: proof?.keyId,
    via,
    atMs,
    missing,
    changedFrom,
  });
  desk.note(type, data);
}
