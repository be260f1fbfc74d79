import type { PerformCallInput, PerformCallResult } from '../../../domain/agent/activities.ts';
import type { Decision } from '../../../domain/approval/approval.ts';
import { byTimeout } from '../../../domain/approval/timeouts.ts';
import {
  tallyOf,
  voteRefusal,
  type Circumstances,
  type Vote,
} from '../../../domain/approval/tally.ts';
import type { ApprovalTerms } from '../../../domain/approval/terms.ts';
import { mayDo } from '../../../domain/principals/permissions.ts';
import { expiriesOf } from '../../../storage/approvals/approvals.ts';
import type { StoredCall } from '../../../storage/calls/prepared-calls.ts';
import type { Executor } from '../../../storage/postgres/database.ts';
import { signerOf } from '../../identity/verify-proof.ts';

/** A decision that does not count, and why. */
export type Refused = Extract<PerformCallResult, { type: 'unapproved' }>['refused'][number];

/** A call, and who policy lets decide on it as it was judged right now. */
export interface CallInQuestion {
  readonly call: StoredCall;
  readonly terms: ApprovalTerms | undefined;
  readonly nowMs: number;
}

/**
 * Why the decisions do not cover the call; undefined when they do. One counts only for exactly this digest, when it was
 * made before its approval expired (the workflow may have taken one that came late, with its timer), and in somebody's
 * name only with a proof that still verifies, by roles that the person has now.
 */
export async function refusedDecisions(
  db: Executor,
  input: Pick<PerformCallInput, 'run' | 'decisions' | 'circumstances'>,
  { call, terms, nowMs }: CallInQuestion,
): Promise<readonly Refused[] | undefined> {
  const { run, decisions, circumstances = nobodyInParticular } = input;
  const ids = decisions.map(({ approvalId }) => approvalId);
  const expiries = await expiriesOf(db, ids);
  const votes: Vote[] = [];
  const refused: Refused[] = [];
  for (const decision of decisions) {
    const { decisionId, approvalId } = decision;
    const expiresAtMs = expiries.get(approvalId);
    if (isByTimeout(decision, { call, terms, nowMs }, expiresAtMs)) return undefined;
    const reason = reasonOf(decision, call, expiresAtMs);
    // One after the other: there are hardly ever more than two.
    const vote = reason === undefined ? await voteOf(db, run, decision) : undefined;
    const refusal = vote === undefined ? undefined : refusalOf(vote, terms, circumstances);
    if (vote === undefined) refused.push({ decisionId, reason: reason ?? 'proof' });
    else if (refusal === undefined) votes.push(vote);
    else refused.push({ decisionId, reason: refusal === 'role' ? 'quorum' : refusal });
  }
  if (tallyOf(terms, votes, circumstances).state === 'approved') return undefined;
  const known = new Set(refused.map(({ decisionId }) => decisionId));
  const short = decisions.filter(({ decisionId }) => !known.has(decisionId));
  return [
    ...refused,
    ...short.map(({ decisionId }) => ({ decisionId, reason: 'quorum' as const })),
  ];
}

/** Somebody who only looks on decides nothing, whatever policy asks for. */
function refusalOf(
  vote: Vote,
  terms: ApprovalTerms | undefined,
  circumstances: Circumstances,
): ReturnType<typeof voteRefusal> {
  if (vote.person !== undefined && !mayDo('decide', vote.roles)) return 'role';
  return voteRefusal(terms, vote, circumstances);
}

/** What an input of an older workflow stands for. */
const nobodyInParticular: Circumstances = {
  requestedBy: undefined,
  editedBy: [],
  escalatedTo: [],
};

/** Policy may let what only reads happen when nobody decided in time. */
function isByTimeout(
  { via, digest, decision }: Decision,
  { call, terms, nowMs }: CallInQuestion,
  expiresAtMs: number | undefined,
): boolean {
  return (
    via === byTimeout &&
    decision === 'approve' &&
    digest === call.digest &&
    call.access === 'read' &&
    terms?.onTimeout === 'approve' &&
    expiresAtMs !== undefined &&
    nowMs >= expiresAtMs
  );
}

function reasonOf(
  { digest, atMs, via }: Decision,
  call: StoredCall,
  expiresAtMs: number | undefined,
): Refused['reason'] | undefined {
  if (digest !== call.digest || expiresAtMs === undefined || via === byTimeout) return 'proof';
  return atMs <= expiresAtMs ? undefined : 'expired';
}

/** The decision as somebody's vote; nobody's without a proof, whatever its name; undefined with a wrong one. */
async function voteOf(
  db: Executor,
  { tenant, runId }: PerformCallInput['run'],
  { by, proof, signed, approvalId, decision, digest }: Decision,
): Promise<Vote | undefined> {
  if (proof === undefined || signed === undefined)
    return { person: undefined, roles: [], decision };
  const content = { message: 'decideApproval' as const, runId, input: signed };
  const signer = await signerOf(db, tenant, { content, proof });
  const isSame =
    signer.type === 'proved' &&
    signer.by === by &&
    signed['approvalId'] === approvalId &&
    signed['decision'] === decision &&
    // Whoever changed the arguments has signed those, and saw the call before.
    ('arguments' in signed || (signed['digest'] ?? digest) === digest);
  return isSame ? { person: by, roles: signer.roles, decision } : undefined;
}
