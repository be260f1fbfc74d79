import { HoldfastError } from '../../../domain/failures.ts';
import type { SandboxOutcome } from '../../sandbox/sandbox-command.ts';
import { endOfCommand, look, runDurably } from '../sandboxed-command.ts';
import {
  ToolError,
  type PerformContext,
  type ProbeContext,
  type ProbeResult,
  type ToolContext,
  type ToolResult,
} from '../tool.ts';
import { gitEnvironment, gitFailure, gitSettings, type GitTools } from './git-settings.ts';

/**
 * A bash text that works on the workspace's own repository. It runs in the sandbox, because settings and filters of the
 * repository can make git run programs.
 */
export interface RepositoryScript {
  readonly text: string;
  /** What `$1` and on stand for. */
  readonly words: readonly string[];
}

/** Exit codes by which our scripts say why they did nothing. */
const scriptCodes = { noRepository: 64, moved: 65 } as const;

/** What every script begins with: the folder of the repository, the ref that HEAD stands for, and its commit. */
export const scriptHead = `set -eu
dir=$(git rev-parse --absolute-git-dir 2>/dev/null) || exit ${scriptCodes.noRepository}
ref=$(git symbolic-ref -q HEAD || echo HEAD)
old=$(git rev-parse -q --verify 'HEAD^{commit}' || true)
moved() { exit ${scriptCodes.moved}; }
`;

/**
 * Effects of a run come one after the other and leave no process behind, so a lock that stands here is of a git that was
 * killed.
 */
export const clearLocks = `rm -f "$dir/index.lock" "$dir/HEAD.lock"
if [ -d "$dir/refs" ]; then find "$dir/refs" -name '*.lock' -type f -delete; fi
`;

/** Longest a script may take, in milliseconds. */
const scriptMs = 60_000;

/** Output of a look that is kept. Bytes. */
const lookBytes = 1024 * 1024;

/** Runs a script that only looks: the workspace is read-only, `/tmp` is its own. */
export async function lookAtRepository(
  { runner, gitSlots }: GitTools,
  { text, words }: RepositoryScript,
  context: ToolContext,
): Promise<string> {
  const argv = ['bash', '-c', text, 'git', ...words];
  const command = {
    argv,
    environment: scriptEnvironment,
    outputBytes: lookBytes,
    sees: 'all',
  } as const;
  return outputOf(await gitSlots(() => look(runner, command, context)));
}

/** Runs a script that changes the repository, at most once for its intent. */
export async function changeRepository(
  { runner, gitSlots }: GitTools,
  { text, words }: RepositoryScript,
  context: PerformContext,
): Promise<string> {
  const outcome = await gitSlots(() =>
    runDurably(
      runner,
      {
        argv: ['bash', '-c', text, 'git', ...words],
        environment: scriptEnvironment,
        sees: 'all',
        workspaceAccess: 'read-write',
        network: 'none',
        wallMs: Math.min(scriptMs, context.timeoutMs),
      },
      context,
    ),
  );
  if (outcome.status !== 'OK') {
    // Nobody knows how far it came: the probe looks at the refs.
    throw new HoldfastError('execution_error', `git was ended: ${outcome.reason ?? ''}`);
  }
  return outputOf(outcome);
}

/** Waits until a script whose worker died is over, so that what is seen of the repository stays so. */
export async function waitForChange({ runner }: GitTools, context: ProbeContext): Promise<void> {
  await endOfCommand(runner, context);
}

/** What a script was found to have done: the result of its call, nothing at all, or something in between. */
export type FoundChange = ToolResult | 'nothing' | { readonly unclear: string };

/**
 * Finds out what a script that changes the repository came to. One that still runs is waited for: only then its refs tell.
 * `find` looks at them.
 */
export async function probeChange(
  { runner }: GitTools,
  context: ProbeContext,
  find: () => Promise<FoundChange>,
): Promise<ProbeResult> {
  const end = await endOfCommand(runner, context);
  const found = await find();
  if (found !== 'nothing') {
    return 'unclear' in found
      ? { type: 'no-answer', why: found.unclear }
      : { type: 'happened', result: found };
  }
  switch (end.type) {
    case 'never-begun':
      return { type: 'did-not-happen' };
    case 'lost':
      return { type: 'happened', result: cutOff(end.why) };
    case 'seen':
      return { type: 'happened', result: refusalIn(end.outcome) };
  }
}

/** The result of a script that ended and changed nothing. */
function refusalIn(outcome: SandboxOutcome): ToolResult {
  const { status, reason } = outcome;
  if (status !== 'OK') return cutOff(reason ?? 'it did not end by itself');
  try {
    outputOf(outcome);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { status: 'error', code: error.code, text: error.message, progress: false };
  }
  return cutOff('what it did was taken back since');
}

function cutOff(why: string): ToolResult {
  const text = `what is checked out is as it was before this call: ${why}. Look at git_status, then try again`;
  return { status: 'error', code: 'execution_error', text, progress: false };
}

function outputOf({ exitCode, output }: SandboxOutcome): string {
  switch (exitCode) {
    case 0:
      return output.stdout;
    case scriptCodes.noRepository:
      throw new ToolError('not_found', 'the workspace is no git repository');
    case scriptCodes.moved:
      throw new ToolError(
        'conflict',
        'the repository changed after this call was prepared; nothing was done. Look at git_status, then try again',
      );
    default:
      throw gitFailure(output.stderr);
  }
}

const scriptEnvironment: Readonly<Record<string, string>> = {
  ...gitEnvironment,
  GIT_OPTIONAL_LOCKS: '0',
  GIT_LITERAL_PATHSPECS: '1',
  GIT_PAGER: 'cat',
  GIT_EDITOR: 'false',
  GIT_AUTHOR_NAME: 'Holdfast',
  GIT_AUTHOR_EMAIL: 'holdfast@localhost',
  GIT_COMMITTER_NAME: 'Holdfast',
  GIT_COMMITTER_EMAIL: 'holdfast@localhost',
  GIT_CONFIG_COUNT: String(gitSettings.length),
  ...Object.fromEntries(
    gitSettings.flatMap(([name, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, name],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ),
};
