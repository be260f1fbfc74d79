import { judgeTrust, type TrustLevel } from '../tools/tool-trust.ts';
import type { Access } from '../tools/access.ts';
import { judge, type ExplainedVerdict, type JudgeInput } from './judge.ts';
import { stricterVerdict } from './verdict.ts';

/** The rule that stands for a source of tools that nobody trusts. */
const untrustedSourceRule = 'trust/untrusted';

/** A source of tools, how far it is trusted, and what its tool is declared to do. */
export interface TrustedSource {
  readonly source: string;
  readonly level: TrustLevel;
  readonly access: Access;
}

/**
 * Judges a call by the trust in where its tool comes from, then by policy. A source that is not trusted is denied what
 * has effects, whatever policy says, and asked for everything else: no rule and no grant takes that question away.
 */
export function judgeWithTrust(
  input: JudgeInput,
  { source, level, access }: TrustedSource,
): ExplainedVerdict {
  const said = judgeTrust(level, access);
  if (said === 'policy') return judge(input);
  const [scoped] = input.scopes;
  if (scoped === undefined) throw new TypeError('a call is judged by at least one policy');
  const { policy } = scoped;
  const why = [`tools of ${source} are not trusted: ${said}`];
  const own = { type: said, rule: untrustedSourceRule, scope: 'organisation', policy } as const;
  if (said === 'deny') return { ...own, why };
  const judged = judge({ ...input, grants: [] });
  return { ...judged, ...stricterVerdict(judged, own), why: [...why, ...judged.why] };
}
