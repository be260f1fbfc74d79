import type { Json } from '../json.ts';
import type { PlaybookEntry, PlaybookVariable } from './playbook-entry.ts';
import { readValue } from './variable-value.ts';

/** A value in a request that cannot be taken. */
export interface VariableProblem {
  readonly name: string;
  /** As it was written. */
  readonly text: string;
  /** What it would have to be. */
  readonly constraint: string;
}

/** What a request says about the variables of its playbook. */
export interface RequestVariables {
  /** By the playbook's own names. */
  readonly found: Readonly<Record<string, Json>>;
  /** Hosts that the request names, as a pattern of Ansible. */
  readonly limit?: string;
  /** Required variables that the request has no value for that fits, in the playbook's order. */
  readonly missing: readonly string[];
  readonly problems: readonly VariableProblem[];
}

/** A value: quoted, JSON in brackets, or words without blanks. */
const value = String.raw`"[^"]*"|'[^']*'|\[[^\]]*\]|\{[^}]*\}|[^\s;"'[{][^\s;]*`;
const host = String.raw`[A-Za-z0-9*][\w.*:-]*`;
const hosts = String.raw`${host}(?:\s*,\s*(?:and\s+)?${host})*`;
const limitPatterns: readonly RegExp[] = [
  new RegExp(String.raw`\b(?:on|for|at|to)\s+(?:the\s+)?(?:hosts?|groups?)\s+(${hosts})`, 'i'),
  new RegExp(String.raw`\blimit(?:ed)?\s*(?:=|:|\bto\b)?\s*(${hosts})`, 'i'),
  new RegExp(String.raw`\bonly\s+on\s+(?:the\s+)?(?:hosts?\s+|groups?\s+)?(${hosts})`, 'i'),
];

/**
 * Takes values of a playbook's variables out of a request in words. `name=value` and `name: value` count for any
 * variable, `name is value` for texts; `port 3001` only where the value has the looks of one: a number, a path, yes or no, a quoted text or
 * a word with a digit, dot or slash. A name may lack the prefix of its service or role, and have blanks or dashes for
 * underscores. `on host h2`, `limit h2` and `only on h2` are the limit. Nothing else is taken: words are no program.
 */
export function requestVariables(request: string, playbook: PlaybookEntry): RequestVariables {
  const { limit, rest } = takeLimit(request);
  const values: (readonly [string, Json])[] = [];
  const problems: VariableProblem[] = [];
  for (const [variable, names] of namesOf(playbook)) {
    const texts = textsFor(rest, names, variable);
    const [text] = texts;
    if (text === undefined) continue;
    if (texts.length > 1) {
      problems.push({ name: variable.name, text: texts.join(' and '), constraint: 'one value' });
      continue;
    }
    const read = readValue(text, variable);
    if (read.type === 'value') values.push([variable.name, read.value]);
    else problems.push({ name: variable.name, text, constraint: read.constraint });
  }
  const found = Object.fromEntries(values);
  return {
    found,
    ...(limit === undefined ? {} : { limit }),
    missing: playbook.requiredVars.filter((name) => !Object.hasOwn(found, name)),
    problems: [...problems, ...unknownNames(rest, playbook)],
  };
}

function takeLimit(request: string): { readonly limit?: string; readonly rest: string } {
  for (const pattern of limitPatterns) {
    const match = pattern.exec(request);
    const listed = match?.[1];
    if (match === null || listed === undefined) continue;
    const names = listed.split(/\s*,\s*(?:and\s+)?/i).map((name) => name.replace(/[.:-]+$/, ''));
    return {
      limit: names.join(','),
      rest: `${request.slice(0, match.index)} ; ${request.slice(match.index + match[0].length)}`,
    };
  }
  return { rest: request };
}

type Named = readonly [PlaybookVariable, readonly string[]];

/** Each variable with the names it may have in a request; a short name that two could have is nobody's. */
function namesOf({ service, roles, variables }: PlaybookEntry): readonly Named[] {
  const prefixes = [service, ...roles].map((each) => `${each.toLowerCase().replaceAll('-', '_')}_`);
  const all = variables.map(({ name }) => [name.toLowerCase(), ...shortNames(name, prefixes)]);
  const counts = new Map<string, number>();
  for (const names of all) {
    for (const name of new Set(names)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return variables.map((variable, index) => [
    variable,
    (all[index] ?? []).filter((name, at) => at === 0 || counts.get(name) === 1),
  ]);
}

function shortNames(name: string, prefixes: readonly string[]): readonly string[] {
  const lower = name.toLowerCase();
  return prefixes
    .filter((prefix) => lower.startsWith(prefix) && lower.length > prefix.length)
    .map((prefix) => lower.slice(prefix.length));
}

/** Every different text that the request gives a variable. */
function textsFor(
  request: string,
  names: readonly string[],
  variable: PlaybookVariable,
): readonly string[] {
  const spellings = names.map((name) => name.split('_').map(escaped).join('[ _-]')).join('|');
  const pattern = new RegExp(
    String.raw`(?<![\w./?&=-])(?:${spellings})(\s*[=:]\s*|\s+(?:is|to|as)\s+|\s+)(${value})`,
    'gi',
  );
  const texts = [...request.matchAll(pattern)].flatMap(([, joint = '', written = '']) => {
    const text = plainText(written);
    const isGiven = /[=:]/.test(joint) || /^["'[{]/.test(written);
    const isSaid = joint.trim() !== '' && !lookDifferent.has(variable.type ?? 'str');
    return text !== '' && (isGiven || isSaid || looksLikeValue(text, variable)) ? text : [];
  });
  return [...new Set(texts)];
}

/** Types whose values look unlike words. */
const lookDifferent: ReadonlySet<string> = new Set(['int', 'float', 'bool', 'path']);

function looksLikeValue(text: string, { type }: PlaybookVariable): boolean {
  if (type === 'int' || type === 'float') return /\d/.test(text);
  if (type === 'bool') return /^(?:yes|no|true|false|on|off)$/i.test(text);
  return type === 'path' ? /^[/~]/.test(text) : /\d|\w[./:@]\w|^[/~]/.test(text);
}

/** Without its quotes, and without what ends the clause. */
function plainText(written: string): string {
  return /^["']/.test(written) ? written.slice(1, -1) : written.replace(/[.,!?:)]+$/, '');
}

/** Names that somebody gave a value by `=` and that the playbook does not have. */
function unknownNames(request: string, playbook: PlaybookEntry): readonly VariableProblem[] {
  const known = new Set(namesOf(playbook).flatMap(([, names]) => names));
  const assigned = request.matchAll(/(?<![\w./?&=-])([A-Za-z_]\w*)=(?=\S)([^\s;]*)/g);
  return [...assigned].flatMap(([, name = '', text = '']) =>
    known.has(name.toLowerCase())
      ? []
      : { name, text, constraint: `a variable that ${playbook.path} has` },
  );
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
