import type { Slots } from '../../workspace/git/slots.ts';
import type { CommandRunner } from '../sandboxed-command.ts';
import { ToolError } from '../tool.ts';

/** What the git tools need that work on the workspace's own repository. */
export interface GitTools {
  readonly runner: CommandRunner;
  /** Shared with the workspaces: git processes of one worker at once. */
  readonly gitSlots: Slots;
}

/** Settings that go over those of the workspace's repository: what of them makes git run programs is switched off. */
export const gitSettings: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.untrackedCache', 'false'],
  // Inside of the sandbox files show another owner than the index remembers.
  ['core.checkStat', 'minimal'],
  ['core.trustctime', 'false'],
  ['core.quotePath', 'false'],
  ['color.ui', 'false'],
  ['safe.directory', '*'],
  ['commit.gpgSign', 'false'],
  ['submodule.recurse', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['advice.detachedHead', 'false'],
];

/** Variables of every git command in the sandbox: no settings of a user or of the system. */
export const gitEnvironment = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_LAZY_FETCH: '1',
  // A repository's replacements show other commits than those that are there.
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_GRAFT_FILE: '/dev/null',
  GIT_CEILING_DIRECTORIES: '/',
};

/** What the model is told of a git command that failed. */
export function gitFailure(stderr: string): ToolError {
  const words = stderr.trim().slice(0, 1_000);
  if (words.includes('not a git repository')) {
    return new ToolError('not_found', 'the workspace is no git repository');
  }
  return new ToolError('execution_error', words === '' ? 'git failed' : words);
}
