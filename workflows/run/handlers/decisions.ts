import { ApplicationFailure, currentUpdateInfo } from '@temporalio/workflow';

import { afterDrift } from '../../../domain/agent/reducer.ts';
import type { Decision } from '../../../domain/approval/approval.ts';
import { withApprovalChange, withApprovalState } from '../../../domain/approval/change-approval.ts';
import { afterVote, refusalOfVote } from '../../../domain/approval/deciding.ts';
import {
  decisionRefusal,
  type DecisionRefusal,
} from '../../../domain/approval/decision-refusal.ts';
import { isForAnybody, termsInWords } from '../../../domain/approval/terms.ts';
import { FailureType } from '../../../domain/failures.ts';
import {
  parseDecideApproval,
  parseDecisionSignal,
  signedDecision,
  type DecideApprovalInput,
} from '../../../domain/messages/decide-approval.ts';
import { mayDo, rolesInWords } from '../../../domain/principals/permissions.ts';
import type { Proof } from '../../../domain/principals/principal.ts';
import type { PreparedCall } from '../../../domain/tools/prepared-call.ts';
import { nobody, signerOf, type Actor } from './actor.ts';
import { bindTo, changeArguments } from './change-arguments.ts';
import { invalidMessage, notPending, openApproval } from './decidable.ts';
import type { DecidedAnswer } from '../messages.ts';
import { noteDecision } from './note-decision.ts';
import type { RunDesk } from '../run-desk.ts';

/** Refuses a decision that cannot count, before it enters history. Synchronous: the SDK does not await it. */
export function assertDecidable(desk: RunDesk | undefined, value: unknown): void {
  const parsed = parseDecideApproval(value);
  if (parsed.type === 'refused') throw invalidMessage(parsed.reason);
  if (desk === undefined) throw notPending('the run has not begun yet');
  const input = named(parsed.input);
  if (repeated(desk, input) !== undefined) return;
  assertNotStopped(desk);
  assertCounts(desk, input);
}

/** While the kill switch holds the run nothing is decided: what is asked may be another thing when it goes on. */
function assertNotStopped({ held }: RunDesk): void {
  if (held?.reason !== 'kill_switch') return;
  throw ApplicationFailure.nonRetryable(held.message, FailureType.runStopped);
}

/** A decision without an id of its own has the id of the update that brought it. */
function named(input: DecideApprovalInput): DecideApprovalInput {
  return { ...input, decisionId: input.decisionId ?? currentUpdateInfo()?.id };
}

function assertCounts(desk: RunDesk, input: DecideApprovalInput): void {
  const refusal = decisionRefusal(desk.agent, desk.decided, input);
  if (refusal !== undefined) throw failureOf(refusal);
  if (desk.changing === input.approvalId) {
    throw notPending('somebody is changing the arguments of this call right now');
  }
}

function failureOf({ type, message }: DecisionRefusal): ApplicationFailure {
  switch (type) {
    case 'not-found':
      return ApplicationFailure.nonRetryable(message, FailureType.approvalNotFound);
    case 'already-decided':
      return notPending(message);
    case 'digest-mismatch':
      return ApplicationFailure.nonRetryable(message, FailureType.approvalDigestMismatch);
    case 'incomplete':
      return invalidMessage(message);
  }
}

/** Applies a decision. With changed arguments the call is prepared and judged again first. */
export async function decide(desk: RunDesk, value: unknown): Promise<DecidedAnswer> {
  const parsed = parseDecideApproval(value);
  if (parsed.type === 'refused') throw invalidMessage(parsed.reason);
  const input = named(parsed.input);
  const known = repeated(desk, input);
  if (known !== undefined) return known;
  // Two that came together were both admitted: the second is judged again behind the first.
  assertCounts(desk, input);
  const { proof } = input;
  const actor = proof === undefined ? nobody(input.by) : await signer(desk, parsed.input, proof);
  // Others may have been heard meanwhile.
  const since = repeated(desk, input);
  if (since !== undefined) return since;
  assertCounts(desk, input);
  if (input.arguments === undefined) {
    assertSay(desk, input, actor);
    return apply(desk, input, { actor });
  }
  const { digest: changedFrom, terms } = openApproval(desk, input.approvalId);
  const isAskedAnew = !isForAnybody(terms);
  // Who may not approve may not change it either; whoever changed it before may do so again.
  if (isAskedAnew) assertSay(desk, { ...input, decision: 'reject', reason: '' }, actor);
  const call = await changeArguments(desk, input, input.arguments);
  if (isAskedAnew || !isForAnybody(call.verdict.approval)) {
    return askAnew(desk, unboundDecision(input, actor), call);
  }
  bindTo(desk, input.approvalId, call);
  return apply(desk, input, { actor, changedFrom });
}

/** Where others have a say, what one person changed is shown to all of them: as a new approval of the changed call. */
function askAnew(
  desk: RunDesk,
  decision: Omit<Decision, 'digest'>,
  call: PreparedCall,
): DecidedAnswer {
  const { approvalId, by } = decision;
  const { editedBy = [], digest } = openApproval(desk, approvalId);
  desk.agent = withApprovalChange(desk.agent, approvalId, { editedBy: [...editedBy, by] });
  desk.agent = afterDrift(desk.agent, call);
  desk.agent = withApprovalState(desk.agent, approvalId, { state: 'superseded' });
  desk.note('approval.superseded', { approvalId, editedBy: by, changedFrom: digest });
  return answered(desk, decision, { state: 'superseded' });
}

async function signer(desk: RunDesk, input: DecideApprovalInput, proof: Proof): Promise<Actor> {
  const { approvalId, arguments: changed } = input;
  return signerOf(desk, {
    message: 'decideApproval',
    proof,
    input: signedDecision(input, undefined),
    arguments: changed,
    approvalId,
  });
}

/** Applies a decision that came as a signal. Never throws: what cannot count becomes a note. */
export function decideBySignal(
  desk: RunDesk,
  signal: 'approve' | 'reject' | 'answer',
  value: unknown,
): void {
  const parsed = parseDecisionSignal(value, signal);
  if (parsed.type === 'refused') {
    desk.refuse({ signal, reason: parsed.reason, invalid: true });
    return;
  }
  const { approvalId } = parsed.input;
  const refusal = decisionRefusal(desk.agent, desk.decided, parsed.input);
  if (refusal !== undefined || desk.changing === approvalId) {
    const reason = refusal?.message ?? 'its arguments are being changed';
    desk.refuse({ signal, approvalId, reason });
    return;
  }
  const input = { ...parsed.input, decisionId: `signal-${desk.agent.noted + 1}` };
  const refused = noSay(desk, input, nobody());
  if (refused === undefined) apply(desk, input, { actor: nobody() });
  else desk.refuse({ signal, approvalId, reason: refused.message });
}

function repeated(desk: RunDesk, input: DecideApprovalInput): DecidedAnswer | undefined {
  if (input.decisionId === undefined) return undefined;
  return desk.decided.find(
    ({ approvalId, decisionId }) =>
      approvalId === input.approvalId && decisionId === input.decisionId,
  );
}

function apply(
  desk: RunDesk,
  input: DecideApprovalInput,
  { actor, changedFrom }: From,
): DecidedAnswer {
  const approval = openApproval(desk, input.approvalId);
  const decision: Decision = {
    ...unboundDecision(input, actor),
    digest: approval.digest,
    signed: actor.signed,
  };
  const before = desk.agent.grants.length;
  const { agent, missing } = afterVote(desk.agent, decision, desk.pins.requestedBy);
  desk.agent = agent;
  const said = decision.decision === 'approve' ? 'approved' : 'rejected';
  const state = missing === undefined ? said : 'open';
  noteDecision(desk, decision, { state, missing, changedFrom });
  const grant = desk.agent.grants[before];
  if (grant !== undefined) desk.note('grant.added', { ...grant });
  return answered(desk, decision, { state, missing });
}

/** Where a decision comes from. */
interface From {
  readonly actor: Actor;
  /** Digest of the call before the person changed it. */
  readonly changedFrom?: string;
}

function answered(
  desk: RunDesk,
  { approvalId, decisionId, by, atMs }: Omit<Decision, 'digest'>,
  {
    state,
    missing,
  }: { readonly state: DecidedAnswer['state']; readonly missing?: string | undefined },
): DecidedAnswer {
  const at = new Date(atMs).toISOString();
  const more = missing === undefined ? {} : { missing };
  const answer: DecidedAnswer = { approvalId, state, decidedBy: by, at, ...more };
  desk.remember({ ...answer, decisionId });
  desk.refresh();
  return answer;
}

function unboundDecision(input: DecideApprovalInput, actor: Actor): Omit<Decision, 'digest'> {
  const { approvalId, decision, reason, answer, remember, raiseMicroUsd, proof } = input;
  return {
    decisionId: input.decisionId ?? '',
    approvalId,
    decision,
    reason,
    answer,
    remember,
    raiseMicroUsd,
    by: actor.by,
    roles: actor.roles.length === 0 ? undefined : actor.roles,
    claimed: actor.claimed,
    via: input.via ?? 'update',
    atMs: Date.now(),
    proof,
  };
}

/** Why a person has no say on an approval; undefined when the decision counts. */
function noSay(desk: RunDesk, input: DecideApprovalInput, actor: Actor): NoSay | undefined {
  const approval = openApproval(desk, input.approvalId);
  const isRaise = approval.cap !== undefined && input.decision === 'approve';
  if (isRaise && actor.signed === undefined) {
    return { code: 'unauthenticated', message: unprovedRaise };
  }
  const act = isRaise ? 'raise' : 'decide';
  if (actor.signed !== undefined && !mayDo(act, actor.roles)) {
    const message = `this takes ${rolesInWords(act)}; ${actor.by} has none`;
    return { code: 'permission_denied', message };
  }
  const refusal = refusalOfVote(approval, unboundDecision(input, actor), desk.pins.requestedBy);
  if (refusal === undefined || approval.terms === undefined) return undefined;
  const wanted = `this approval takes ${termsInWords(approval.terms)}`;
  switch (refusal) {
    case 'proof':
      return { code: 'unauthenticated', message: `${wanted}; nobody proved who sent this` };
    case 'role':
      return { code: 'permission_denied', message: `${wanted}; ${actor.by} is none of them` };
    case 'duties':
      return {
        code: 'permission_denied',
        message: `${actor.by} started the run or changed the call; somebody else has to approve it`,
      };
  }
}

const unprovedRaise =
  'this raises a budget that other runs share, and nobody proved who sent it; a registered person decides it with "holdfast approve"';

interface NoSay {
  readonly code: 'unauthenticated' | 'permission_denied';
  readonly message: string;
}

function assertSay(desk: RunDesk, input: DecideApprovalInput, actor: Actor): void {
  const refusal = noSay(desk, input, actor);
  if (refusal === undefined) return;
  const { approvalId } = input;
  const { by, claimed } = actor;
  const who = claimed === undefined ? { by } : { by, claimed };
  desk.refuse({ signal: 'decideApproval', approvalId, ...who, reason: refusal.message });
  throw ApplicationFailure.nonRetryable(refusal.message, refusal.code);
}
