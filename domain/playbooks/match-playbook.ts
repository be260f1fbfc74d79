import type { PlaybookEntry } from './playbook-entry.ts';

/** A playbook that may fit, and how well, 0 to 1: the share of the request's words that it knows, or the cosine of meanings. */
export interface Alternative {
  readonly path: string;
  readonly service: string;
  readonly description: string;
  readonly score: number;
}

/** What came of matching a request. `playbook` is there unless the method is `none`. */
export interface PlaybookMatch {
  readonly method: 'exact' | 'semantic' | 'none';
  /** 1 for an exact match, the cosine for one by meaning, 0 without a match. */
  readonly confidence: number;
  readonly playbook?: PlaybookEntry;
  /** At most 3, best first. */
  readonly alternatives: readonly Alternative[];
  /** Why there is no match, and what to do; absent with a match. */
  readonly suggestion?: string;
}

const mostAlternatives = 3;
/** Words that say nothing about what is wanted. */
const emptyWords = new Set(
  'a an and at for from in it my of on our please that the this to with'.split(' '),
);

/**
 * Finds the playbook of a request: the one whose service the request names in whole words, the longest name first, so
 * that `db` is not found in `dbadmin`. Of several for one service the one that knows more of the request's other words
 * is taken. Never guesses: a tie, or no name at all, gives proposals only.
 */
export function matchPlaybook(request: string, playbooks: readonly PlaybookEntry[]): PlaybookMatch {
  const words = wordsOf(request);
  const named = playbooks
    .filter(({ service }) => containsPhrase(words, wordsOf(service)))
    .toSorted((one, other) => other.service.length - one.service.length);
  const [longest] = named;
  const ranked = rank(words, playbooks);
  if (longest === undefined)
    return noMatch('no playbook has a service that the request names', ranked);
  const candidates = rank(
    words,
    named.filter(({ service }) => service === longest.service),
  );
  const [best, second] = candidates;
  if (best === undefined || best.score === second?.score) {
    return noMatch(`several playbooks are for ${longest.service}`, candidates);
  }
  const others = ranked.filter(({ playbook }) => playbook.path !== best.playbook.path);
  return {
    method: 'exact',
    confidence: 1,
    playbook: best.playbook,
    alternatives: others.slice(0, mostAlternatives).map(alternativeOf),
  };
}

interface Ranked {
  readonly playbook: PlaybookEntry;
  readonly score: number;
}

function noMatch(why: string, ranked: readonly Ranked[]): PlaybookMatch {
  const alternatives = ranked.slice(0, mostAlternatives).map(alternativeOf);
  const next =
    alternatives.length === 0
      ? 'make one with: holdfast playbooks scaffold <service>'
      : 'name the service of one of the alternatives';
  return { method: 'none', confidence: 0, alternatives, suggestion: `${why}: ${next}` };
}

function alternativeOf({ playbook: { path, service, description }, score }: Ranked): Alternative {
  return { path, service, description, score: Math.round(score * 1_000) / 1_000 };
}

/** Those that know at least one word, best first, ties by path. */
function rank(words: readonly string[], playbooks: readonly PlaybookEntry[]): readonly Ranked[] {
  const wanted = [...new Set(words)].filter((word) => !emptyWords.has(word));
  return playbooks
    .map((playbook) => {
      const { service, description, filename, tags, roles } = playbook;
      const known = new Set(wordsOf([service, description, filename, ...tags, ...roles].join(' ')));
      const hits = wanted.filter((word) => known.has(word)).length;
      return { playbook, score: wanted.length === 0 ? 0 : hits / wanted.length };
    })
    .filter(({ score }) => score > 0)
    .toSorted(
      (one, other) => other.score - one.score || (one.playbook.path < other.playbook.path ? -1 : 1),
    );
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function containsPhrase(words: readonly string[], phrase: readonly string[]): boolean {
  if (phrase.length === 0) return false;
  return words.some((_, start) => phrase.every((word, index) => words[start + index] === word));
}
