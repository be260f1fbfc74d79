/** What a suggestion is about. */
export type LintCategory =
  | 'idempotency'
  | 'error_handling'
  | 'performance'
  | 'best_practices'
  | 'standards';

export type LintSeverity = 'error' | 'warning' | 'info';

/** A hint on how to make a playbook better, with the reason. */
export interface LintSuggestion {
  readonly category: LintCategory;
  readonly ruleId: string;
  readonly message: string;
  readonly reasoning: string;
  /** In the repository. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly severity: LintSeverity;
  readonly status: 'pending' | 'accepted' | 'dismissed';
}

/** Suggestions by severity, then file and line. */
export interface LintReport {
  /** All that were found; more than 100 are cut to the first 50. */
  readonly total: number;
  readonly suggestions: readonly LintSuggestion[];
}

/** One finding of the linter. */
export interface LintFinding {
  readonly ruleId: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly severity: LintSeverity;
}

const rulesByCategory: readonly (readonly [LintCategory, string])[] = [
  [
    'idempotency',
    'no-changed-when command-instead-of-module risky-shell-pipe no-free-form risky-file-permissions',
  ],
  ['error_handling', 'ignore-errors no-handler fqcn no-relative-paths'],
  ['performance', 'package-latest literal-compare no-jinja-when deprecated-command-syntax'],
  ['best_practices', 'yaml name syntax-check jinja key-order no-tabs args var-naming schema'],
];

const categories = new Map(
  rulesByCategory.flatMap(([category, rules]) => rules.split(' ').map((rule) => [rule, category])),
);

const reasons = new Map([
  [
    'no-changed-when',
    'Without changed_when a command counts as a change on every run: nobody sees any more what really changed, and handlers run for nothing.',
  ],
  [
    'command-instead-of-module',
    'A module looks before it acts and can say in check mode what it would do; a command cannot.',
  ],
  [
    'risky-shell-pipe',
    'Without pipefail a pipe ends well when its first command fails: the error is noticed later, somewhere else.',
  ],
  [
    'ignore-errors',
    'ignore_errors hides every failure, also those nobody thought of; failed_when says which end is meant.',
  ],
  [
    'no-handler',
    'A task that runs when another one changed is a handler: it runs once, at the end, and not again when the play is resumed.',
  ],
  [
    'fqcn',
    'A short name means whatever collection comes first on the machine that runs it; the full name always means the same module.',
  ],
  [
    'package-latest',
    'latest installs something else every day: two hosts differ, and what was tried is not what is deployed. Name a version.',
  ],
  [
    'literal-compare',
    'A comparison with true or false is longer than the variable itself, and wrong for texts such as "yes".',
  ],
  [
    'no-jinja-when',
    'when is evaluated as an expression already; braces are evaluated twice, and the second time they hold what a host said.',
  ],
  ['yaml', 'One layout for all files keeps differences small, and shows what really changed.'],
  [
    'name',
    'Names are what people read while a playbook runs, what it can be started at, and what a failure is reported by.',
  ],
  ['syntax-check', 'Ansible cannot read this file: nothing in it will run.'],
  [
    'jinja',
    'A template that is laid out differently everywhere is read wrongly; one that is invalid fails only on the host.',
  ],
  [
    'args',
    'The module does not take these arguments: the task fails, or does something else than it says.',
  ],
  [
    'var-naming',
    'A variable without the prefix of its role can be overwritten by another role that uses the same name.',
  ],
]);

const generalReason =
  'The rule is part of the production profile of ansible-lint: playbooks that keep it are easier to review, move and upgrade.';

const cutAbove = 100;
const keptWhenCut = 50;
const order: readonly LintSeverity[] = ['error', 'warning', 'info'];

/** Turns what the linter found into suggestions, the most serious first. Rules with a detail, as `name[casing]`, count as their rule. */
export function lintReport(findings: readonly LintFinding[]): LintReport {
  const all = findings.map(suggestionOf).toSorted(compare);
  return {
    total: all.length,
    suggestions: all.length > cutAbove ? all.slice(0, keptWhenCut) : all,
  };
}

function suggestionOf(finding: LintFinding): LintSuggestion {
  const rule = finding.ruleId.replace(/\[.*$/, '');
  return {
    category: categories.get(rule) ?? 'standards',
    ...finding,
    reasoning: reasons.get(rule) ?? generalReason,
    status: 'pending',
  };
}

function compare(one: LintSuggestion, other: LintSuggestion): number {
  const bySeverity = order.indexOf(one.severity) - order.indexOf(other.severity);
  if (bySeverity !== 0) return bySeverity;
  if (one.file !== other.file) return one.file < other.file ? -1 : 1;
  return one.line - other.line;
}
