import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { plantedPaths } from './plant-files.ts';
import { shadowDiff } from './git/shadow.ts';
import type { Shadow } from './git/shadow-repository.ts';
import { listBaseline } from './git/snapshot.ts';

/**
 * Paths of a workspace that are not as the run found them, sorted; deleted ones are among them, and so is what a rule
 * ignores, because nobody knows how the run found that.
 */
export async function changedFiles(shadow: Shadow): Promise<readonly string[]> {
  const { root } = shadow.workspace;
  const [baseline, planted, { files, unreadable }] = await Promise.all([
    listBaseline(shadow),
    plantedPaths(shadow.folder),
    shadowDiff(shadow),
  ]);
  const entries = await readdir(root, { withFileTypes: true, recursive: true });
  const there = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !/(?:^|\/)\.git(?:\/|$)/.test(path) && !planted.has(path));
  // Git's listing has one character for each byte.
  const unknown = there.filter((path) => !baseline.has(Buffer.from(path).toString('latin1')));
  const all = [...unknown, ...files.map(({ path }) => path), ...unreadable];
  return [...new Set(all)].toSorted();
}
