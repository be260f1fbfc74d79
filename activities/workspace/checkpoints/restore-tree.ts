import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { runGit } from '../git/git-program.ts';
import { onShadow, type Shadow } from '../git/shadow-repository.ts';
import { listBaseline, takeSnapshot } from '../git/snapshot.ts';

/**
 * Brings files and links of the workspace to how they stand in a commit, byte for byte: those that differ are written,
 * those that are not in it deleted. Ignored files that no state holds stay as they are. Idempotent. Returns the paths
 * that differed.
 */
export async function restoreTree(shadow: Shadow, commit: string): Promise<readonly string[]> {
  const { tree } = await takeSnapshot(shadow, await listBaseline(shadow));
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--name-only', tree, `${commit}^{tree}`];
  const differing = (await runGit(shadow.git, onShadow(shadow, args)))
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '');
  if (differing.length === 0) return [];
  const index = join(shadow.folder, `index-${randomBytes(6).toString('hex')}`);
  const withIndex = (...words: readonly string[]) =>
    onShadow(shadow, ['--work-tree', shadow.workspace.root, ...words], {
      environment: { GIT_INDEX_FILE: index },
    });
  try {
    // From the tree as it is to the one wanted: git writes and deletes exactly what differs.
    await runGit(shadow.git, withIndex('read-tree', tree));
    await runGit(shadow.git, withIndex('read-tree', '--reset', '-u', commit));
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
  return differing;
}
