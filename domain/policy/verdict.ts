import type { ApprovalTerms } from '../approval/terms.ts';
import type { Hash } from '../json.ts';

/** What policy says on a call. */
export type VerdictType = 'allow' | 'ask' | 'deny';

/** Where a rule comes from; a narrower scope can only tighten. */
export type PolicyScope = 'organisation' | 'project' | 'run';

/** The verdict on one prepared call, with the rule that decided and the hash of the policy it stands in. */
export interface PolicyVerdict {
  readonly type: VerdictType;
  /** `<profile>/<rule name or index>`, `mode/<mode>`, `unresolved`, `unknown-program`, `untrusted-content`, or `grant/<id>`. */
  readonly rule: string;
  readonly scope: PolicyScope;
  readonly policy: Hash;
  /** Who decides, where rules that ask say so. */
  readonly approval?: ApprovalTerms;
  /** Untrusted content that was in the prompt when the call was asked for, in words; at most three. */
  readonly untrusted?: readonly string[];
}

/** Strictness order: the larger wins. */
const strictness: { readonly [type in VerdictType]: number } = { allow: 0, ask: 1, deny: 2 };

/** The stricter of two verdicts; the first when equal. */
export function stricterVerdict(first: PolicyVerdict, second: PolicyVerdict): PolicyVerdict {
  return strictness[second.type] > strictness[first.type] ? second : first;
}
