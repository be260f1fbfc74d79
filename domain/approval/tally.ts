import { isForAnybody, requirementInWords, type ApprovalTerms, type Requirement } from './terms.ts';

/** What one person said, as far as counting needs it. */
export interface Vote {
  /** A registered person whose proof verified; undefined for anybody else. */
  readonly person: string | undefined;
  readonly roles: readonly string[];
  readonly decision: 'approve' | 'reject';
}

/** What decides who counts besides the terms. */
export interface Circumstances {
  /** The person who started the run; undefined when nobody proved to be. */
  readonly requestedBy: string | undefined;
  /** People who changed the call. */
  readonly editedBy: readonly string[];
  /** Roles, or `person:NAME`, that the escalation reached so far. */
  readonly escalatedTo: readonly string[];
}

/** Why a vote does not count: nobody proved it, the person has no say, or started or changed what is decided on. */
export type VoteRefusal = 'proof' | 'role' | 'duties';

/** What the votes so far come to. */
export type Tally =
  | { readonly state: 'approved' | 'rejected' }
  /** What is missing, in words. */
  | { readonly state: 'open'; readonly missing: string };

/** Says why a vote does not count; undefined when it does. */
export function voteRefusal(
  terms: ApprovalTerms | undefined,
  vote: Vote,
  circumstances: Circumstances,
): VoteRefusal | undefined {
  if (terms === undefined || isForAnybody(terms)) return undefined;
  const { person } = vote;
  if (person === undefined) return 'proof';
  const { requirements } = terms;
  const hasSay = requirements.some((one) => mayDecide(one, { ...vote, person }, circumstances));
  if (!hasSay) return 'role';
  // Nobody is kept from rejecting what they asked for themselves.
  const isExcluded = vote.decision === 'approve' && isParty(terms, person, circumstances);
  return isExcluded ? 'duties' : undefined;
}

/**
 * Counts votes, in the order they came. A person counts once, with the newest vote. Where separation of duties holds
 * and nobody proved to have started the run, each requirement takes one person more: one of them may have.
 */
export function tallyOf(
  terms: ApprovalTerms | undefined,
  votes: readonly Vote[],
  circumstances: Circumstances,
): Tally {
  const counting = votes.filter((vote) => voteRefusal(terms, vote, circumstances) === undefined);
  if (terms === undefined || isForAnybody(terms)) return firstOf(counting);
  const newest = [...new Map(counting.map((vote) => [vote.person, vote])).values()];
  const rejecting = newest.filter(({ decision }) => decision === 'reject');
  if (rejecting.length >= terms.rejectQuorum) return { state: 'rejected' };
  const approving = newest.filter(({ decision }) => decision === 'approve');
  const more = terms.separationOfDuties && circumstances.requestedBy === undefined ? 1 : 0;
  const missing = terms.requirements.flatMap((requirement) => {
    const count = approving.filter((vote) => mayDecide(requirement, vote, circumstances)).length;
    const wanted = { ...requirement, quorum: requirement.quorum + more };
    return count >= wanted.quorum ? [] : `${count} of ${requirementInWords(wanted)}`;
  });
  if (missing.length === 0) return { state: 'approved' };
  return { state: 'open', missing: `approved so far by ${missing.join('; by ')}` };
}

function firstOf([first]: readonly Vote[]): Tally {
  if (first === undefined) return { state: 'open', missing: 'nobody has decided' };
  return { state: first.decision === 'approve' ? 'approved' : 'rejected' };
}

function mayDecide(
  { roles, people }: Requirement,
  vote: Vote,
  { escalatedTo }: Circumstances,
): boolean {
  if (vote.person === undefined) return false;
  if (roles.length + people.length === 0) return true;
  return (
    people.includes(vote.person) ||
    escalatedTo.includes(`person:${vote.person}`) ||
    vote.roles.some((role) => roles.includes(role) || escalatedTo.includes(role))
  );
}

function isParty(
  { separationOfDuties }: ApprovalTerms,
  person: string,
  { requestedBy, editedBy }: Circumstances,
): boolean {
  return separationOfDuties && (person === requestedBy || editedBy.includes(person));
}
