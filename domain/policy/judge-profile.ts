import type { ApprovalRule } from '../approval/terms.ts';
import type { SimpleCommand } from '../commands/simple-command.ts';
import { networkPrograms, programName } from '../commands/programs/program-names.ts';
import type { CallFacts } from '../tools/facts.ts';
import { applyRule } from './apply-rule.ts';
import type { PolicyMode, PolicyProfile } from './profile-schema.ts';
import { describeSubject, subjectsOf } from './subjects.ts';
import type { Subject } from './subjects.ts';
import type { VerdictType } from './verdict.ts';

/** What one profile says on a call. */
export interface ProfileVerdict {
  readonly type: VerdictType;
  readonly rule: string;
  /** Subjects that are asked for; a grant has to cover them all. */
  readonly asked: readonly Subject[];
  readonly why: readonly string[];
  /** What the rules that ask say about who decides; undefined for each that says nothing. */
  readonly approvals: readonly (ApprovalRule | undefined)[];
}

interface SubjectVerdict {
  readonly subject: Subject;
  readonly type: VerdictType;
  readonly rule: string;
  readonly approval?: ApprovalRule | undefined;
}

const modeVerdicts: { readonly [mode in PolicyMode]: VerdictType } = {
  plan: 'deny',
  default: 'ask',
  acceptEdits: 'allow',
  delegate: 'allow',
};

const order: { readonly [type in VerdictType]: number } = { allow: 0, ask: 1, deny: 2 };
/** Most reasons that one profile gives. */
const maxReasons = 20;

/** Judges a call by one profile; see `judge` for what the rules mean. */
export function judgeProfile(
  tool: string,
  facts: CallFacts,
  profile: PolicyProfile,
): ProfileVerdict {
  const verdicts = subjectsOf(facts).flatMap((subject) =>
    judgeSubject({ tool, facts, profile }, subject),
  );
  const strictest = verdicts.reduce(
    (first, other) => (order[other.type] > order[first.type] ? other : first),
    {
      subject: { type: 'call' },
      ...byMode({ tool, facts, profile }, undefined),
      ...verdicts[0],
    } as SubjectVerdict,
  );
  const why = [
    ...new Set(
      verdicts.map(
        ({ subject, type, rule }) => `${describeSubject(subject, tool)}: ${type} by ${rule}`,
      ),
    ),
  ];
  const asking = verdicts.filter(({ type }) => type === 'ask');
  const asked = asking.map(({ subject }) => subject);
  const approvals = asking.map(({ approval }) => approval ?? profile.approval);
  const verdict: ProfileVerdict = {
    type: strictest.type,
    rule: strictest.rule,
    asked,
    approvals,
    why: shortened(why, strictest, tool),
  };
  return facts.idle === true ? idleVerdict(verdict) : withUnresolved(verdict, facts, profile);
}

/** Nobody is asked for what does nothing; what is denied stays denied. */
function idleVerdict(verdict: ProfileVerdict): ProfileVerdict {
  if (verdict.type !== 'ask') return verdict;
  const why = ['there is nothing to change: allow', ...verdict.why];
  return { type: 'allow', rule: 'nothing-to-change', asked: [], approvals: [], why };
}

interface Case {
  readonly tool: string;
  readonly facts: CallFacts;
  readonly profile: PolicyProfile;
}

function judgeSubject(judged: Case, subject: Subject): SubjectVerdict[] {
  if (pushesDefaultBranch(judged.tool, subject)) return [defaultBranchVerdict(judged, subject)];
  const own = firstRule(judged.profile, [judged.tool], subject);
  if (judged.tool !== 'shell') return [{ subject, ...(own ?? byMode(judged, subject)) }];
  switch (subject.type) {
    case 'call':
      return [{ subject, ...(own ?? byMode(judged, subject)) }];
    case 'command':
      return [{ subject, ...(own ?? silentCommand(judged, subject.command)) }];
    case 'host':
      return own === undefined ? [] : [{ subject, ...own }];
    case 'path':
      return shellPath(judged, subject, own);
  }
}

/** How a push to the default branch of a remote is marked among the words of the command. */
const defaultBranchWord = '--default-branch';

function pushesDefaultBranch(tool: string, subject: Subject): boolean {
  return (
    tool === 'git_push' &&
    subject.type === 'command' &&
    subject.command.argv.includes(defaultBranchWord)
  );
}

/** Denied unless a rule names it in so many words: no mode and no rule for all pushes is enough. */
function defaultBranchVerdict({ tool, profile }: Case, subject: Subject): SubjectVerdict {
  const naming = profile.rules.filter(
    ({ verdict, pattern = '', commandAllow }) =>
      verdict === 'deny' ||
      [pattern, ...commandAllow].some((each) => each.includes(defaultBranchWord)),
  );
  const own = firstRule({ ...profile, rules: naming }, [tool], subject);
  return { subject, ...(own ?? { type: 'deny', rule: 'default-branch' }) };
}

type RuleVerdict = Pick<SubjectVerdict, 'type' | 'rule' | 'approval'>;

function shellPath(
  judged: Case,
  subject: Extract<Subject, { type: 'path' }>,
  own: RuleVerdict | undefined,
): SubjectVerdict[] {
  const isWrite = subject.path.operation === 'write';
  const tools = isWrite ? ['write_file', 'edit_file'] : ['read_file'];
  const asTool = tools.map((tool) => firstRule(judged.profile, [tool], subject));
  const said = [own, ...asTool].filter((verdict) => verdict !== undefined);
  if (said.length > 0) return said.map((verdict) => ({ subject, ...verdict }));
  return isWrite ? [{ subject, ...byMode(judged, subject) }] : [];
}

function firstRule(
  profile: PolicyProfile,
  tools: readonly string[],
  subject: Subject,
): RuleVerdict | undefined {
  for (const [at, rule] of profile.rules.entries()) {
    const type = tools
      .map((tool) => applyRule(rule, tool, subject))
      .find((found) => found !== undefined);
    if (type !== undefined) {
      return { type, rule: `${profile.name}/${rule.name ?? at}`, approval: rule.approval };
    }
  }
  return undefined;
}

/**
 * A command that a script of the repository runs is covered by the verdict on its runner: it is closed in by the
 * sandbox. What reaches other machines or other users is not.
 */
function silentCommand(judged: Case, command: SimpleCommand): RuleVerdict {
  const byDefault = byMode(judged, undefined);
  if (command.unknown === true && byDefault.type === 'allow')
    return { type: 'ask', rule: 'unknown-program' };
  if (command.contained !== true || reachesOut(command) || byDefault.type !== 'ask')
    return byDefault;
  return { type: 'allow', rule: byDefault.rule };
}

const outside: ReadonlySet<string> = new Set(
  'curl wget ssh autossh scp nc ncat rsync sudo doas su runuser pkexec gosu mount umount shutdown reboot'.split(
    ' ',
  ),
);

function reachesOut({ argv }: SimpleCommand): boolean {
  const [name = '', ...words] = argv;
  const known = programName(name) ?? name;
  const isPublishing =
    /^(?:git|npm|yarn|pnpm|cargo)$/.test(known) &&
    words.some((word) => /^(?:push|publish|login)$/.test(word));
  return outside.has(known) || networkPrograms.has(known) || isPublishing;
}

function byMode({ tool, facts, profile }: Case, subject: Subject | undefined): RuleVerdict {
  const rule = `mode/${profile.mode}`;
  const isQuiet = facts.access === 'read' || facts.access === 'wait' || facts.access === 'finish';
  const isWrite = subject?.type === 'path' && subject.path.operation === 'write';
  // Reading is not all that a request does when its address can hold what the workspace says.
  if (facts.carries === true && !isForFree(profile.mode)) return { type: 'ask', rule };
  if (isQuiet && !isWrite && tool !== 'shell') return { type: 'allow', rule };
  return { type: modeVerdicts[profile.mode], rule };
}

function isForFree(mode: PolicyMode): boolean {
  return modeVerdicts[mode] === 'allow';
}

/** A call that is not understood is at least asked; plan mode, which changes nothing, denies it. */
function withUnresolved(
  verdict: ProfileVerdict,
  facts: CallFacts,
  profile: PolicyProfile,
): ProfileVerdict {
  if (facts.unresolved.length === 0) return verdict;
  const type = profile.mode === 'plan' ? 'deny' : 'ask';
  const why = [
    ...verdict.why,
    ...facts.unresolved.map((reason) => `${type}, not resolved: ${reason}`),
  ];
  if (order[verdict.type] >= order[type]) return { ...verdict, why };
  const approvals = [...verdict.approvals, profile.approval];
  return { ...verdict, type, rule: 'unresolved', why, approvals };
}

/** The deciding reason always stays in. */
function shortened(
  why: readonly string[],
  decisive: SubjectVerdict,
  tool: string,
): readonly string[] {
  if (why.length <= maxReasons) return why;
  const first = `${describeSubject(decisive.subject, tool)}: ${decisive.type} by ${decisive.rule}`;
  return [
    first,
    ...why.filter((line) => line !== first).slice(0, maxReasons - 2),
    `… ${why.length - maxReasons + 1} more`,
  ];
}
