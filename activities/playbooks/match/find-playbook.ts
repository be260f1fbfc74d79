import {
  alternativesOf,
  matchByName,
  type PlaybookMatch,
} from '../../../domain/playbooks/match-playbook.ts';
import { leastSimilarity, type MeaningMatch } from '../../../domain/playbooks/match-by-meaning.ts';
import type { PlaybookEntry } from '../../../domain/playbooks/playbook-entry.ts';
import type { WordIndex } from './word-index.ts';

/** Why a way to find a playbook was left out. */
export interface LeftOut {
  readonly leftOut: string;
}

/** What is asked when the request names no service; each only when those before it found nothing. */
export interface MatchTiers {
  /** Path of the playbook that somebody accepted for this request before. */
  readonly accepted: (request: string) => Promise<string | undefined | LeftOut>;
  readonly byMeaning: (
    request: string,
    playbooks: readonly PlaybookEntry[],
  ) => Promise<MeaningMatch | LeftOut>;
}

/**
 * Finds the playbook of a request: by the name of its service, else by what was accepted before, else by meaning. Words
 * alone never decide, because BM25 has no scale: the best of bad fits has a high score too. They only put proposals in
 * order where meanings were not compared.
 */
export async function findPlaybook(
  request: string,
  { playbooks, rank }: WordIndex,
  tiers: MatchTiers,
): Promise<PlaybookMatch> {
  const found = (method: 'exact' | 'cached', playbook: PlaybookEntry): PlaybookMatch => ({
    method,
    confidence: 1,
    playbook,
    alternatives: alternativesOf(rank(request), playbook),
    scoredBy: 'words',
  });
  const byName = matchByName(request, playbooks);
  if (byName.type === 'one') return found('exact', byName.playbook);
  const accepted = await tiers.accepted(request);
  const kept = playbooks.find(({ path }) => path === accepted);
  if (kept !== undefined) return found('cached', kept);
  const meaning = await tiers.byMeaning(request, playbooks);
  if ('leftOut' in meaning) {
    const why = [accepted, meaning].flatMap((each) => (isLeftOut(each) ? each.leftOut : []));
    return noMatch(`${byName.why} (${why.join('; ')})`, {
      alternatives: alternativesOf(rank(request)),
      scoredBy: 'words',
    });
  }
  const { best, ranked } = meaning;
  if (best === undefined) {
    return noMatch(`${byName.why}, and none is near enough in meaning (${leastSimilarity})`, {
      alternatives: alternativesOf(ranked),
      scoredBy: 'meaning',
    });
  }
  return {
    method: 'semantic',
    confidence: Math.min(1, best.score),
    playbook: best.playbook,
    alternatives: alternativesOf(ranked, best.playbook),
    scoredBy: 'meaning',
  };
}

function noMatch(
  why: string,
  proposals: Pick<PlaybookMatch, 'alternatives' | 'scoredBy'>,
): PlaybookMatch {
  const next =
    proposals.alternatives.length === 0
      ? 'make one with: holdfast playbooks scaffold <service>'
      : 'name the service of one of the alternatives, or begin a new one: holdfast playbooks scaffold <service>';
  return { method: 'none', confidence: 0, ...proposals, suggestion: `${why}: ${next}` };
}

function isLeftOut(value: unknown): value is LeftOut {
  return typeof value === 'object' && value !== null && 'leftOut' in value;
}
