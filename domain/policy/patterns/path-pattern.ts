import type { PathFact } from '../../tools/facts.ts';
import { matchesGlob } from './glob.ts';

/** How a path stands to a pattern: it matches, a glob may give a path that matches, or it cannot. */
export type PathMatch = 'matches' | 'may-match' | 'none';

/** Endings that a wildcard of a pattern is tried with when a shell glob is held against it. */
const sampleNames = [
  'x',
  'json',
  'yml',
  'yaml',
  'toml',
  'ini',
  'env',
  'xml',
  'txt',
  'conf',
  'properties',
  'csv',
];

/** Holds a path, or every path that a shell glob can give, against a pattern. */
export function matchPath(pattern: string, fact: PathFact): PathMatch {
  if (matchesGlob(pattern, fact.path)) return 'matches';
  if (fact.glob !== true) return 'none';
  const glob = fact.path;
  const reached = samplesOf(pattern).filter((sample) => shellGlobMatches(glob, sample));
  if (reached.length === 0) return 'none';
  const name = pattern.split('/').at(-1) ?? '';
  const isFixed = !/[*?[{]/.test(name);
  const namesIt = /[^*?/]/.test(glob.split('/').at(-1) ?? '');
  return isFixed && namesIt ? 'matches' : 'may-match';
}

/** Paths that stand for all that a pattern matches. */
function samplesOf(pattern: string): string[] {
  const heads = pattern.startsWith('**/')
    ? ['', 'x/', 'x/y/'].map((head) => head + pattern.slice(3))
    : [pattern];
  const tails = heads.flatMap((head) =>
    head.endsWith('/**')
      ? [head.slice(0, -3), `${head.slice(0, -3)}/x`, `${head.slice(0, -3)}/x.json`]
      : [head],
  );
  return tails.flatMap((path) =>
    path.includes('*') ? sampleNames.map((name) => path.replaceAll(/\*+/g, name)) : [path],
  );
}

/** A shell glob does not give names with a leading dot unless it is written; an unknown value (`**`) can be anything. */
function shellGlobMatches(glob: string, path: string): boolean {
  if (glob.includes('**')) return matchesGlob(glob.replaceAll(/\*\*+/g, '*'), path, 'text');
  if (!matchesGlob(glob, path)) return false;
  const [parts, wanted] = [path.split('/'), glob.split('/')];
  return parts.every(
    (part, at) =>
      !part.startsWith('.') ||
      /^(?:\.|\[|\?$)/.test(wanted[at] ?? '') ||
      (wanted[at] ?? '').startsWith('.'),
  );
}
