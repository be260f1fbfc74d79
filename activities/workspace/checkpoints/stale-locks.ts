import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import type { Shadow } from '../git/shadow-repository.ts';

/** Files that a git which was killed leaves in the shadow repository. */
const locks = ['refs/holdfast/steps.lock', 'index.lock', 'packed-refs.lock', 'HEAD.lock'];
/** Age at which a lock is nobody's any more, in milliseconds: a write of ours takes less than a tenth of it. */
const staleMs = 2_000;

/** Takes away what a killed git has locked. */
export async function clearStaleLocks({ folder }: Pick<Shadow, 'folder'>): Promise<void> {
  for (const name of locks) {
    const lock = join(folder, name);
    const stats = await lstat(lock).catch(() => undefined);
    if (stats === undefined) continue;
    await wait(Math.max(0, staleMs - (Date.now() - stats.mtimeMs)));
    await rm(lock, { force: true });
  }
}
