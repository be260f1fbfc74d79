import { isLockName, type LockKind } from '../../domain/locks/lock-name.ts';
import { hashText } from '../../storage/hashing.ts';

/** The name of a lock for something that may be called anything: what does not fit into a name is hashed. */
export function lockNameOf(kind: LockKind, called: string): string {
  const name = `${kind}:${called}`;
  return isLockName(name) ? name : `${kind}:${hashText(called)}`;
}
