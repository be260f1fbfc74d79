/** A workspace in which nothing has begun for this long is put into a bundle. Milliseconds. */
const quietMs = 2_000;
/** A change that is in no bundle for this long does not wait for quiet any more. Milliseconds. */
const overdueMs = 30_000;
/** Longest wait behind an attempt that failed. Milliseconds. */
const longestMs = 60_000;

/** What is known of the changes of a workspace that are in no bundle. */
export interface Unbundled {
  /** When the oldest of them was made, in milliseconds since 1970. */
  readonly sinceMs: number;
  /** Attempts in a row that failed. */
  readonly failed: number;
  /** When the newest of them began, in milliseconds since 1970. */
  readonly attemptedMs: number;
}

/** How long to wait before the next attempt, in milliseconds: every call that begins meanwhile starts the wait anew. */
export function bundleDelay({ sinceMs, failed, attemptedMs }: Unbundled, nowMs: number): number {
  const quiet = nowMs - sinceMs >= overdueMs ? 0 : quietMs;
  if (failed === 0) return quiet;
  const backOff = attemptedMs + Math.min(longestMs, quietMs * 2 ** failed) - nowMs;
  return Math.max(quiet, backOff);
}

/** What the next part of a bundle compares with. */
export type PartKind = 'base' | 'since-base' | 'since-last';

/** Most parts of a bundle: more than these are folded into one behind the first. */
const maxParts = 16;

/**
 * Chooses the kind of the next part. `parts` is how many there are; the listings are what the first and the newest of
 * them were made from, and are gone when the workspace was restored meanwhile.
 */
export function nextPartKind(bundle: {
  readonly parts: number;
  readonly hasBase: boolean;
  readonly hasLast: boolean;
}): PartKind {
  if (bundle.parts === 0 || !bundle.hasBase) return 'base';
  return bundle.hasLast && bundle.parts < maxParts ? 'since-last' : 'since-base';
}

/** True when so much differs from the first part that another first part takes no more. Bytes. */
export function isBaseWorthIt(changedBytes: number, totalBytes: number): boolean {
  return changedBytes > totalBytes / 2;
}
