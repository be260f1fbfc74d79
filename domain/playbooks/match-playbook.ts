import type { PlaybookEntry } from './playbook-entry.ts';

/** A playbook that may fit, and how well. */
export interface Alternative {
  readonly path: string;
  readonly service: string;
  readonly description: string;
  /** By words: BM25, 0 or more, which only orders. By meaning: the cosine, -1 to 1. */
  readonly score: number;
}

/** What came of matching a request. `playbook` is there unless the method is `none`. */
export interface PlaybookMatch {
  /** By its service's name, by what somebody accepted before, or by meaning. */
  readonly method: 'exact' | 'cached' | 'semantic' | 'none';
  /** 1 for an exact and for an accepted match, the cosine for one by meaning, 0 without a match. */
  readonly confidence: number;
  readonly playbook?: PlaybookEntry;
  /** At most 3, best first. */
  readonly alternatives: readonly Alternative[];
  /** What the alternatives were found by. */
  readonly scoredBy: 'words' | 'meaning';
  /** Why there is no match, and what to do; absent with a match. */
  readonly suggestion?: string;
}

/** Most playbooks that are proposed. */
const mostAlternatives = 3;

/** A playbook of a catalog and its score. */
export interface Scored {
  readonly playbook: PlaybookEntry;
  readonly score: number;
}

/** Those that are proposed out of all, which are sorted, but for the one that was taken. */
export function alternativesOf(
  ranked: readonly Scored[],
  taken?: PlaybookEntry,
): readonly Alternative[] {
  return ranked
    .filter(({ playbook }) => playbook.path !== taken?.path)
    .slice(0, mostAlternatives)
    .map(({ playbook: { path, service, description }, score }) => ({
      path,
      service,
      description,
      score: Math.round(score * 1_000) / 1_000,
    }));
}

/** What the name of a service in a request decides. */
export type NameMatch =
  | { readonly type: 'one'; readonly playbook: PlaybookEntry }
  | { readonly type: 'none'; readonly why: string };

/** Words that say nothing about what is wanted. */
const emptyWords = new Set(
  'a an and at for from in it my of on our please that the this to with'.split(' '),
);

/**
 * Finds the playbook of a request: the one whose service the request names in whole words, the longest name first, so
 * that `db` is not found in `dbadmin`. Of several for one service the one that knows more of the request's other words
 * is taken. Never guesses: a tie, or no name at all, is no match.
 */
export function matchByName(request: string, playbooks: readonly PlaybookEntry[]): NameMatch {
  const words = wordsOf(request);
  const named = playbooks
    .filter(({ service }) => containsPhrase(words, wordsOf(service)))
    .toSorted((one, other) => other.service.length - one.service.length);
  const [longest] = named;
  if (longest === undefined)
    return { type: 'none', why: 'no playbook has a service that the request names' };
  const [best, second] = byKnownWords(
    words,
    named.filter(({ service }) => service === longest.service),
  );
  if (best === undefined || best.score === second?.score)
    return { type: 'none', why: `several playbooks are for ${longest.service}` };
  return { type: 'one', playbook: best.playbook };
}

/** A request without what its writing may differ in: two that mean the same to this are the same request. */
export function normalisedRequest(request: string): string {
  return wordsOf(request)
    .filter((word) => !emptyWords.has(word))
    .join(' ');
}

/** The words of a text in lower case, letters and digits only. */
function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** By the number of the request's words that each knows. */
function byKnownWords(
  words: readonly string[],
  playbooks: readonly PlaybookEntry[],
): readonly Scored[] {
  const wanted = [...new Set(words)].filter((word) => !emptyWords.has(word));
  return playbooks
    .map((playbook) => {
      const { service, description, filename, tags, roles } = playbook;
      const known = new Set(wordsOf([service, description, filename, ...tags, ...roles].join(' ')));
      return { playbook, score: wanted.filter((word) => known.has(word)).length };
    })
    .toSorted((one, other) => other.score - one.score);
}

function containsPhrase(words: readonly string[], phrase: readonly string[]): boolean {
  if (phrase.length === 0) return false;
  return words.some((_, start) => phrase.every((word, index) => words[start + index] === word));
}
