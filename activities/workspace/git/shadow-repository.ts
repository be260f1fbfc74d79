import type { OpenWorkspace } from '../../tools/tool.ts';
import type { ProgramPlace } from './core-programs.ts';
import { runGit, type GitCommand, type GitProgram } from './git-program.ts';

/**
 * A repository of ours beside a workspace, out of reach for what runs in it: its first commit is the tree as the run
 * found it. It belongs to the workspace's user, as whom git reads the tree, so that nothing a hostile process puts
 * there makes git read a file of the worker's.
 */
export interface Shadow {
  readonly git: GitProgram;
  /** The bare repository. */
  readonly folder: string;
  readonly workspace: OpenWorkspace;
}

/** Commit of the tree as the run found it. */
export const baselineRef = 'refs/holdfast/baseline';

/** Folder in the shadow repository with the ignore files of the baseline. */
export const ignoreRulesName = 'ignore-rules';

/** Where and as whom programs look at the workspace. */
export function placeOf({ workspace: { root, uid, gid } }: Shadow): ProgramPlace {
  return { cwd: root, as: { uid, gid } };
}

/** A git command on the shadow repository, as the workspace's user. */
export function onShadow(
  shadow: Shadow,
  args: readonly string[],
  more: Pick<GitCommand, 'input' | 'environment'> = {},
): GitCommand {
  return { args: ['--git-dir', shadow.folder, ...args], ...placeOf(shadow), ...more };
}

/** Runs git on the shadow repository and gives its standard output. */
export function shadowGit(shadow: Shadow, ...args: readonly string[]): Promise<Buffer> {
  return runGit(shadow.git, onShadow(shadow, args));
}
