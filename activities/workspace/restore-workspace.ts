import { lstat } from 'node:fs/promises';
import { join } from 'node:path';

import { HoldfastError } from '../../domain/failures.ts';
import { addTree, listSteps, stepsRef, type Step } from './checkpoints/chain.ts';
import { restoreTree } from './checkpoints/restore-tree.ts';
import type { GitProgram } from './git/git-program.ts';
import { shadowDiff, type WorkspaceDiff } from './git/shadow.ts';
import { shadowGit, type Shadow } from './git/shadow-repository.ts';
import { listBaseline, takeSnapshot } from './git/snapshot.ts';
import { shadowName, treeName } from './make-workspace.ts';

/** The workspace of a run that does nothing at the moment. */
export interface QuietWorkspace {
  readonly git: GitProgram;
  /** Folder of the workspace, absolute. */
  readonly folder: string;
}

/**
 * Brings the files of a workspace back to how the run found them (`first`), or to how they were before the last change
 * (`last`), byte for byte. What was kept behind that state stays findable under `refs/holdfast/undone`. Returns the
 * paths that differed; empty when there was nothing to bring back.
 *
 * @throws {HoldfastError} workspace_lost when it is gone.
 */
export async function restoreWorkspace(
  workspace: QuietWorkspace,
  to: 'first' | 'last',
): Promise<readonly string[]> {
  const shadow = await shadowOf(workspace);
  const steps = await listSteps(shadow);
  const [baseline] = steps;
  const newest = steps.at(-1);
  if (baseline === undefined || newest === undefined) return [];
  const target = to === 'first' ? baseline : await beforeLast(shadow, steps, newest);
  if (newest !== baseline) {
    await shadowGit(shadow, 'update-ref', `refs/holdfast/undone/${newest.commit}`, newest.commit);
  }
  const files = await restoreTree(shadow, target.commit);
  await shadowGit(shadow, 'update-ref', stepsRef, target.commit);
  return files;
}

async function beforeLast(shadow: Shadow, steps: readonly Step[], newest: Step): Promise<Step> {
  const { tree } = await takeSnapshot(shadow, await listBaseline(shadow));
  const kept = (await shadowGit(shadow, 'rev-parse', `${newest.commit}^{tree}`)).toString('latin1');
  // The last change is not kept yet: its worker died just then.
  if (kept.trim() !== tree) return newest;
  // Calls that changed nothing, such as a run of tests, left states that are no step back.
  for (const step of steps.toReversed()) {
    const held = await shadowGit(shadow, 'rev-parse', `${step.commit}^{tree}`);
    if (held.toString('latin1').trim() !== tree) return step;
  }
  return steps[0] ?? newest;
}

/** Folds all states into one, and forgets what was undone; the files stay as they are. Returns how many there were. */
export async function foldStates(workspace: QuietWorkspace): Promise<number> {
  const shadow = await shadowOf(workspace);
  const steps = await listSteps(shadow);
  const newest = steps.at(-1);
  if (newest?.label === undefined) return 0;
  const undone = await shadowGit(
    shadow,
    'for-each-ref',
    '--format=%(refname)',
    'refs/holdfast/undone',
  );
  for (const ref of undone
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '')) {
    await shadowGit(shadow, 'update-ref', '-d', ref);
  }
  await shadowGit(shadow, 'update-ref', '-d', stepsRef);
  await addTree(shadow, newest.label);
  await shadowGit(shadow, 'gc', '--quiet', '--prune=now');
  return steps.length - 1;
}

/**
 * Compares the files with how the run found them.
 *
 * @throws {HoldfastError} workspace_lost when the workspace is gone.
 */
export async function diffWorkspace(workspace: QuietWorkspace): Promise<WorkspaceDiff> {
  return shadowDiff(await shadowOf(workspace));
}

async function shadowOf({ git, folder }: QuietWorkspace): Promise<Shadow> {
  const root = join(folder, treeName);
  const stats = await lstat(root).catch(() => undefined);
  if (stats?.isDirectory() !== true) {
    throw new HoldfastError('workspace_lost', `the workspace ${folder} is gone`);
  }
  const { uid, gid } = stats;
  return { git, folder: join(folder, shadowName), workspace: { root, uid, gid } };
}
