import type { Scored } from './match-playbook.ts';
import type { PlaybookEntry } from './playbook-entry.ts';

/** Least cosine of a match by meaning; below it there are proposals only. */
export const leastSimilarity = 0.85;

/** Numbers that stand for the meaning of a text; those of one model have one length. */
export type Embedding = readonly number[];

/** The text whose meaning stands for a playbook. */
export function meaningOf({ service, description, plays, tags }: PlaybookEntry): string {
  return [`${service}: ${description}`, ...plays, ...tags].join('. ');
}

/** What meanings decide, and all playbooks by their cosine. */
export interface MeaningMatch {
  /** Absent when none is near enough, or two are equally near. */
  readonly best?: Scored;
  readonly ranked: readonly Scored[];
}

/**
 * Finds the playbook whose meaning is nearest to the request's, by cosine = a·b / (|a| |b|), at least 0.85. Two that are
 * equally near are no match. `embeddings` has one for each playbook, in the same order.
 */
export function matchByMeaning(
  request: Embedding,
  playbooks: readonly PlaybookEntry[],
  embeddings: readonly Embedding[],
): MeaningMatch {
  const ranked = playbooks
    .map((playbook, index) => ({ playbook, score: cosine(request, embeddings[index] ?? []) }))
    .toSorted((one, other) => other.score - one.score);
  const [best, second] = ranked;
  const isNear =
    best !== undefined && best.score >= leastSimilarity && best.score !== second?.score;
  return isNear ? { best, ranked } : { ranked };
}

function cosine(one: Embedding, other: Embedding): number {
  if (one.length !== other.length) return 0;
  const product = one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
  const length = Math.hypot(...one) * Math.hypot(...other);
  return length === 0 ? 0 : product / length;
}
