import { allowsCommand, forbidsCommand, namesProgram } from './patterns/command-pattern.ts';
import { matchesGlob } from './patterns/glob.ts';
import { matchPath } from './patterns/path-pattern.ts';
import type { PolicyRule } from './profile-schema.ts';
import type { Subject } from './subjects.ts';
import type { VerdictType } from './verdict.ts';

/** What one rule says on one subject of a call; undefined when it says nothing. */
export function applyRule(
  rule: PolicyRule,
  tool: string,
  subject: Subject,
): VerdictType | undefined {
  if (!matchesGlob(rule.tool, tool, 'text') || !matchesPattern(rule.pattern, subject))
    return undefined;
  const denied = deniedByLists(rule, subject);
  if (denied !== undefined) return denied;
  if (rule.verdict === 'allow' && !knowsProgram(rule, subject)) return undefined;
  const hasDenyLists = rule.pathDeny.length + rule.commandDeny.length > 0;
  const hasHosts = rule.hosts !== undefined;
  if (rule.verdict === 'deny' && hasDenyLists && !hasHosts) return undefined;
  const hasAllowLists = rule.pathAllow.length + rule.commandAllow.length > 0 || hasHosts;
  if (hasAllowLists) return isListed(rule, subject) ? rule.verdict : undefined;
  if (subject.type === 'path' && rule.verdict !== 'deny' && !isInside(subject.path.path))
    return undefined;
  return rule.verdict;
}

/** Of a program that is not known nobody can say what its words do: only a rule that names it allows it. */
function knowsProgram(rule: PolicyRule, subject: Subject): boolean {
  if (subject.type !== 'command' || subject.command.unknown !== true) return true;
  const { argv } = subject.command;
  return [...rule.commandAllow, ...(rule.pattern === undefined ? [] : [rule.pattern])].some(
    (pattern) => namesProgram(pattern) && allowsCommand(pattern, argv),
  );
}

function matchesPattern(pattern: string | undefined, subject: Subject): boolean {
  if (pattern === undefined) return true;
  switch (subject.type) {
    case 'command':
      return allowsCommand(pattern, subject.command.argv);
    case 'path':
      return matchPath(pattern, subject.path) === 'matches';
    case 'host':
      return matchesHost(pattern, subject.host);
    case 'call':
      return pattern === '*' || pattern === '**';
  }
}

function deniedByLists(rule: PolicyRule, subject: Subject): VerdictType | undefined {
  if (subject.type === 'command') {
    return rule.commandDeny.some((pattern) => forbidsCommand(pattern, subject.command.argv))
      ? 'deny'
      : undefined;
  }
  if (subject.type !== 'path') return undefined;
  const matches = rule.pathDeny.map((pattern) => matchPath(pattern, subject.path));
  if (matches.includes('matches')) return 'deny';
  return matches.includes('may-match') ? 'ask' : undefined;
}

function isListed(rule: PolicyRule, subject: Subject): boolean {
  switch (subject.type) {
    case 'command':
      return rule.commandAllow.some((pattern) => allowsCommand(pattern, subject.command.argv));
    case 'path': {
      const { path } = subject;
      const isOpen = path.glob === true && path.path.includes('**');
      return !isOpen && rule.pathAllow.some((pattern) => matchesGlob(pattern, path.path));
    }
    case 'host':
      return rule.hosts?.some((pattern) => matchesHost(pattern, subject.host)) ?? false;
    case 'call':
      return false;
  }
}

/** A pattern without a port matches every port. */
function matchesHost(pattern: string, host: string): boolean {
  const wanted = pattern.toLowerCase();
  return (
    matchesGlob(wanted, host, 'text') || matchesGlob(wanted, host.replace(/:\d+$/, ''), 'text')
  );
}

function isInside(path: string): boolean {
  return !path.startsWith('/') && !path.startsWith('~');
}
