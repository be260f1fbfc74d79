/** How a lock is held: by one alone, or together with others who share it. */
export type LockMode = 'exclusive' | 'shared';

/** A lock that a call needs. */
export interface WantedLock {
  /** `host:<h>`, `group:<g>`, `service:<s>` or `repo:<r>`. */
  readonly name: string;
  readonly mode: LockMode;
}

/** Proof of a grant: the number of the lock at that moment. It only grows, so an old token is told from a new one. */
export interface FenceToken {
  readonly name: string;
  readonly fence: number;
}

/** What can be locked. */
export type LockKind = 'host' | 'group' | 'service' | 'repo';

/** A kind, and up to 200 characters without spaces: workflow ids and messages hold it. */
const namePattern = /^(host|group|service|repo):[^\s\p{C}]{1,200}$/u;

/** True for what may be the name of a lock. */
export function isLockName(text: string): boolean {
  return namePattern.test(text);
}

/**
 * Locks in the order in which everybody takes them: by name, by code units. Whoever holds one waits only for names behind
 * it, so no circle of waiting can form. A name that stands there twice is wanted once, exclusively if one of them is.
 */
export function inLockOrder(locks: readonly WantedLock[]): readonly WantedLock[] {
  const modes = new Map<string, LockMode>();
  for (const { name, mode } of locks) {
    if (modes.get(name) !== 'exclusive') modes.set(name, mode);
  }
  return [...modes]
    .map(([name, mode]) => ({ name, mode }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** True when there is a token for each of the locks. */
export function coversLocks(tokens: readonly FenceToken[], locks: readonly WantedLock[]): boolean {
  const names = new Set(tokens.map(({ name }) => name));
  return locks.every(({ name }) => names.has(name));
}
