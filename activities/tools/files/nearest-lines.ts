/** A line of a file, numbered from 1. */
export interface NumberedLine {
  readonly number: number;
  readonly line: string;
}

/** Lines that are compared at most, and characters of each: an error message is not worth more. */
const maxLines = 20_000;
const maxLength = 300;
/** Below this share of common letter pairs two lines have nothing to do with one another. */
const leastLikeness = 0.4;

/** Finds up to three lines most like the first line of `searched` that is not blank, best first. May be empty. */
export function nearestLines(content: string, searched: string): readonly NumberedLine[] {
  const wanted = searched.split('\n').find((line) => line.trim() !== '');
  if (wanted === undefined) return [];
  const pairs = pairsOf(wanted);
  return content
    .split('\n', maxLines)
    .map((line, index) => ({ number: index + 1, line, likeness: likeness(pairs, pairsOf(line)) }))
    .filter((candidate) => candidate.likeness >= leastLikeness)
    .toSorted((a, b) => b.likeness - a.likeness || a.number - b.number)
    .slice(0, 3)
    .map(({ number, line }) => ({ number, line: line.replace(/\r$/, '') }));
}

/** Sørensen-Dice coefficient over letter pairs: 2·|A ∩ B| / (|A| + |B|), from 0 to 1 (Dice, Ecology 1945). */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size + b.size === 0) return 0;
  let common = 0;
  for (const pair of a) if (b.has(pair)) common += 1;
  return (2 * common) / (a.size + b.size);
}

function pairsOf(line: string): ReadonlySet<string> {
  const letters = line.trim().slice(0, maxLength).toLowerCase();
  const pairs = new Set<string>();
  for (let index = 0; index + 1 < letters.length; index += 1) {
    pairs.add(letters.slice(index, index + 2));
  }
  return pairs;
}
