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
import type { JsonObject } from '../../../domain/json.ts';
import { mayDo } from '../../../domain/principals/permissions.ts';
import { askedApprovals, type AskedApproval } from '../../../storage/approvals/approvals.ts';
import type { StoredCall } from '../../../storage/calls/prepared-calls.ts';
import { hashJson } from '../../../storage/hashing.ts';
import type { Executor } from '../../../storage/postgres/database.ts';
import { signerOf } from '../../identity/verify-proof.ts';

/** A decision that does not count, and why. */
export type Refused = Extract<PerformCallResult, { type: 'unapproved' }>['refused'][number];

/** What was decided on a call, and the run that says so. */
type DecidedInput = Pick<PerformCallInput, 'run' | 'pins' | 'decisions' | 'circumstances'>;

/** A call, and who policy lets decide on it as it was judged right now. */
export interface CallInQuestion {
  readonly call: StoredCall;
  readonly terms: ApprovalTerms | undefined;
  readonly nowMs: number;
}

/**
 * Why the decisions do not cover the call; undefined when they do. One counts only for exactly this digest, when it was
 * made before its approval expired (the workflow may have taken one that came late, with its timer), and in somebody's
 * name only with a proof that still verifies, by roles that the person has now. Who started the run and whom an
 * escalation has reached is read where it was recorded, whatever the workflow says.
 */
export async function refusedDecisions(
  db: Executor,
  input: DecidedInput,
  { call, terms, nowMs }: CallInQuestion,
): Promise<readonly Refused[] | undefined> {
  const { run, decisions } = input;
  const ids = decisions.map(({ approvalId }) => approvalId);
  const asked = await askedApprovals(db, call, ids);
  const circumstances = circumstancesOf(input, { terms, asked: asked.get(ids.at(-1) ?? '') });
  const votes: Vote[] = [];
  const refused: Refused[] = [];
  for (const decision of decisions) {
    const { decisionId, approvalId } = decision;
    const approval = asked.get(approvalId);
    if (isByTimeout(decision, { call, terms, nowMs }, approval?.expiresAtMs)) return undefined;
    const reason = reasonOf(decision, call, approval?.expiresAtMs);
    // One after the other: there are hardly ever more than two.
    const shown = { call, digest: approval?.digest };
    const vote = reason === undefined ? await voteOf(db, { run, decision }, shown) : undefined;
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

/**
 * Who counts. Only who changed the call is the workflow's word: it takes people out, never in. An escalation that is on
 * record counts as far as the terms name it.
 */
function circumstancesOf(
  { pins, circumstances, decisions }: DecidedInput,
  { terms, asked }: Pick<CallInQuestion, 'terms'> & { readonly asked: AskedApproval | undefined },
): Circumstances {
  const changing = decisions.filter(({ signed }) => signed !== undefined && 'arguments' in signed);
  const steps = new Set(terms?.escalation.map(({ to }) => to));
  return {
    requestedBy: pins.requestedBy,
    editedBy: [...(circumstances?.editedBy ?? []), ...changing.map(({ by }) => by)],
    escalatedTo: asked?.escalatedTo.filter((to) => steps.has(to)) ?? [],
  };
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
  { run: { tenant, runId }, decision: said }: DecisionOfRun,
  shown: ShownCall,
): Promise<Vote | undefined> {
  const { by, proof, signed, approvalId, decision } = said;
  if (proof === undefined || signed === undefined)
    return { person: undefined, roles: [], decision };
  const content = { message: 'decideApproval' as const, runId, input: signed };
  const signer = await signerOf(db, tenant, { content, proof });
  const isSame =
    signer.type === 'proved' &&
    signer.by === by &&
    signed['approvalId'] === approvalId &&
    signed['decision'] === decision &&
    isOfCall(said, signed, shown);
  return isSame ? { person: by, roles: signer.roles, decision } : undefined;
}

interface DecisionOfRun {
  readonly run: PerformCallInput['run'];
  readonly decision: Decision;
}

interface ShownCall {
  readonly call: StoredCall;
  /** The digest that the inbox showed. */
  readonly digest: string | undefined;
}

/**
 * Whether somebody signed this call: by its digest, as the inbox showed it, or with the arguments that it was prepared
 * with in their name.
 */
function isOfCall(
  { decisionId }: Decision,
  signed: JsonObject,
  { call, digest }: ShownCall,
): boolean {
  if (!('arguments' in signed)) return (signed['digest'] ?? digest) === call.digest;
  if (signed['arguments'] === hashJson(call.arguments)) return true;
  // Of a call that was prepared before it was kept what was given, only who changed it is known.
  return call.given === undefined
    ? call.decisionId === decisionId
    : call.given === signed['arguments'];
}
