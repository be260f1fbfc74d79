import type { PlaybookMatch } from './match-playbook.ts';
import type { PlaybookEntry } from './playbook-entry.ts';

/** Least cosine of a match by meaning; below it there are proposals only. */
const leastSimilarity = 0.85;

const mostAlternatives = 3;

/** Numbers that stand for the meaning of a text; those of one model have one length. */
export type Embedding = readonly number[];

/** The text whose meaning stands for a playbook. */
export function meaningOf({ service, description, plays, tags }: PlaybookEntry): string {
  return [`${service}: ${description}`, ...plays, ...tags].join('. ');
}

/**
 * Finds the playbook whose meaning is nearest to the request's, by cosine = a·b / (|a| |b|). Two that are equally near
 * are no match. `embeddings` has one for each playbook, in the same order.
 */
export function matchByMeaning(
  request: Embedding,
  playbooks: readonly PlaybookEntry[],
  embeddings: readonly Embedding[],
): PlaybookMatch {
  const ranked = playbooks
    .map((playbook, index) => ({ playbook, score: cosine(request, embeddings[index] ?? []) }))
    .toSorted((one, other) => other.score - one.score);
  const proposals = ranked.map(({ playbook: { path, service, description }, score }) => ({
    path,
    service,
    description,
    score: Math.round(score * 1_000) / 1_000,
  }));
  const [best, second] = ranked;
  if (best === undefined || best.score < leastSimilarity || best.score === second?.score) {
    return {
      method: 'none',
      confidence: 0,
      alternatives: proposals.slice(0, mostAlternatives),
      suggestion: `no playbook is near enough in meaning (${leastSimilarity}): name the service of one of the alternatives`,
    };
  }
  return {
    method: 'semantic',
    confidence: Math.min(1, best.score),
    playbook: best.playbook,
    alternatives: proposals.slice(1, mostAlternatives + 1),
  };
}

function cosine(one: Embedding, other: Embedding): number {
  if (one.length !== other.length) return 0;
  const product = one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
  const length = Math.hypot(...one) * Math.hypot(...other);
  return length === 0 ? 0 : product / length;
}
