import { isForAnybody, joinRules } from '../approval/terms.ts';
import type { Hash } from '../json.ts';
import { needsTrust } from './content-origin.ts';
import type { CallFacts } from '../tools/facts.ts';
import type { Grant } from './grant.ts';
import { grantFor } from './match-grant.ts';
import { judgeProfile } from './judge-profile.ts';
import type { PolicyProfile } from './profile-schema.ts';
import { subjectsOf } from './subjects.ts';
import { stricterVerdict } from './verdict.ts';
import type { PolicyScope, PolicyVerdict } from './verdict.ts';

/** One policy that counts for a call, and where it comes from. */
export interface ScopedPolicy {
  readonly scope: PolicyScope;
  readonly profile: PolicyProfile;
  /** Hash of the profile. */
  readonly policy: Hash;
  /** Set where it is not what the run has pinned but what stands now. */
  readonly isChanged?: true;
}

/** What a verdict is built from. */
export interface JudgeInput {
  readonly tool: string;
  readonly facts: CallFacts;
  /** At least one; each is judged by itself. */
  readonly scopes: readonly ScopedPolicy[];
  /** May be empty. */
  readonly grants: readonly Grant[];
  /** Origins of untrusted content in the prompt, in words; absent or empty when all of it is first-party. */
  readonly untrusted?: readonly string[];
}

/** A verdict with its reasons, one a line, widest scope first. */
export type ExplainedVerdict = PolicyVerdict & { readonly why: readonly string[] };

/**
 * Judges one prepared call. Pure: the same facts and policies always give the same verdict.
 *
 * A call is split into *subjects*: each simple command of a shell text, each path it reads or writes, each host it
 * talks to; a call with none of them is one subject itself. For each subject the rules are read in order and the first
 * that says something decides; when none does, the mode does: plan denies, default asks, acceptEdits and delegate
 * allow. Reading, waiting and finishing tools are allowed in every mode, but for requests whose address or headers can
 * carry data: plan and default ask for those to hosts that no rule speaks of. The strictest verdict over all subjects counts,
 * then the strictest over all scopes: a narrower scope can only tighten.
 *
 * What one rule says on one subject:
 * 1. `tool` (a glob) must match the tool; `pattern` must match the command or path, else the rule says nothing.
 * 2. What `commandDeny` or `pathDeny` matches is denied, whatever the rule's verdict is.
 * 3. A rule with the verdict deny and deny lists says no more than that.
 * 4. With allow lists (`commandAllow`, `pathAllow`, `hosts`) the verdict holds for what they match, and the rule says
 *    nothing on anything else.
 * 5. Without allow lists the verdict holds for every subject; of paths, for those inside of the workspace.
 * 6. A program that is not known is allowed only by a rule whose pattern names it, and asked for in every mode but plan.
 *
 * Paths that a shell text writes or reads are also held against the rules of `write_file`, `edit_file` or `read_file`:
 * what may not be written by a tool may not be written by a redirection. A call that is not resolved in full is at least
 * asked, in plan mode denied, whatever rule matches. A grant turns ask into allow, never for a destructive call, and never
 * where a rule asks for a role, several people or separation of duties. A call that finds nothing to change is not asked for.
 *
 * While untrusted content is in the prompt a call that sends data out or changes things is asked for where it would be
 * allowed, and only grants that were given under such content count.
 */
export function judge(input: JudgeInput): ExplainedVerdict {
  const { untrusted = [], facts, grants } = input;
  if (untrusted.length === 0 || !needsTrust(facts)) return judgeTrusted(input);
  const judged = judgeTrusted({
    ...input,
    grants: grants.filter((grant) => grant.untrusted === true),
  });
  const lines = untrusted.map((origin) => `untrusted content is in the prompt: ${origin}`);
  const verdict = { ...judged, untrusted: [...untrusted], why: [...lines, ...judged.why] };
  if (judged.type !== 'allow' || judged.rule.startsWith('grant/')) return verdict;
  const grant = grantFor({
    ...input,
    asked: subjectsOf(facts),
    grants: grants.filter((one) => one.untrusted === true),
  });
  if (grant === undefined) return { ...verdict, type: 'ask', rule: 'untrusted-content' };
  return { ...verdict, rule: `grant/${grant.grantId}` };
}

function judgeTrusted({ tool, facts, scopes, grants }: JudgeInput): ExplainedVerdict {
  const judged = scopes.map((scoped) => judgeScope(tool, facts, scoped));
  const [first, ...others] = judged;
  if (first === undefined) throw new TypeError('a call is judged by at least one policy');
  const strictest = others.reduce<PolicyVerdict>(
    (verdict, other) => stricterVerdict(verdict, other.verdict),
    first.verdict,
  );
  const why = judged.flatMap((one) => one.why);
  if (strictest.type !== 'ask') return { ...strictest, why };
  const asking = judged.filter((one) => one.verdict.type === 'ask');
  const approval = joinRules(asking.flatMap((one) => one.approvals));
  // What takes a role or several people is approved one by one.
  if (approval !== undefined && !isForAnybody(approval)) return { ...strictest, approval, why };
  const open = asking.flatMap((one) => one.asked);
  const grant = grantFor({ tool, facts, asked: open, grants });
  if (grant === undefined)
    return { ...strictest, ...(approval === undefined ? {} : { approval }), why };
  return {
    ...strictest,
    type: 'allow',
    rule: `grant/${grant.grantId}`,
    why: [...why, `grant ${grant.grantId} by ${grant.grantedBy}: allow`],
  };
}

function judgeScope(tool: string, facts: CallFacts, scoped: ScopedPolicy) {
  const { scope, profile, policy, isChanged } = scoped;
  const judged = judgeProfile(tool, facts, profile);
  const verdict: PolicyVerdict = { type: judged.type, rule: judged.rule, scope, policy };
  const { asked, approvals } = judged;
  const from = isChanged === true ? `${scope}, as it stands now` : scope;
  return { verdict, asked, approvals, why: judged.why.map((line) => `${from}: ${line}`) };
}
