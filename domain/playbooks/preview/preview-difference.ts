/** One entry of a preview as it is remembered: where, and a hash of what. */
export interface EntryMark {
  readonly host: string;
  readonly task: string;
  readonly hash: string;
}

/**
 * Says in lines what is different in a newer preview, host and task by host and task; empty when nothing is. Of more than
 * `most` lines the rest is counted.
 */
export function previewDifference(
  before: readonly EntryMark[],
  now: readonly EntryMark[],
  most = 30,
): readonly string[] {
  const known = countsOf(before);
  const lines: string[] = [];
  const seen = countsOf(now);
  const places = new Map([...before, ...now].map((mark) => [placeOf(mark), mark]));
  for (const [place, { host, task }] of places) {
    const older = known.get(place) ?? [];
    const newer = seen.get(place) ?? [];
    if (older.join() === newer.join()) continue;
    const words =
      older.length === 0 ? 'is new' : newer.length === 0 ? 'is not there any more' : 'is another';
    lines.push(`${host}: what "${task}" does ${words}`);
  }
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most), `and ${lines.length - most} more`];
}

function placeOf({ host, task }: EntryMark): string {
  return `${host}\0${task}`;
}

/** Hashes of each place, in order. */
function countsOf(marks: readonly EntryMark[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const mark of marks) {
    const hashes = found.get(placeOf(mark)) ?? [];
    hashes.push(mark.hash);
    found.set(placeOf(mark), hashes);
  }
  return found;
}
