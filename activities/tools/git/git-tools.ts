import { z } from 'zod';

import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { withPlace } from '../../workspace/files/paths.ts';
import { pathSchema, textSchema } from '../argument-schemas.ts';
import { pathFacts, requirePreparedPlace } from '../preparations.ts';
import { look } from '../sandboxed-command.ts';
import type { PerformContext, Tool, ToolContext } from '../tool.ts';
import { gitEnvironment, gitFailure, gitSettings, type GitTools } from './git-settings.ts';

const pathArgument = pathSchema
  .default('.')
  .describe('Only this file or folder, relative to the workspace.');
/** A revision as people write them; nothing that git could take for an option. */
const revision = textSchema(200).regex(
  /^[A-Za-z0-9][\w./~^@{}-]*$/,
  'must be a revision such as HEAD~1',
);

const statusSchema = z.strictObject({ path: pathArgument });
const diffSchema = z.strictObject({
  path: pathArgument,
  staged: z
    .enum(['no', 'yes'])
    .default('no')
    .describe('Whether to compare what is staged, in place of the files.'),
  base: revision.optional().describe('Revision to compare with; HEAD or the index when left out.'),
  contextLines: z.int().min(0).max(50).default(3).describe('Lines to show around each change.'),
});
const logSchema = z.strictObject({
  path: pathArgument,
  revision: revision.default('HEAD').describe('Where to start, such as main or HEAD~5.'),
  maxCount: z.int().min(1).max(200).default(20).describe('Commits to show at most.'),
});

/** Shows which files changed. */
export function createGitStatusTool(tools: GitTools): Tool<z.infer<typeof statusSchema>> {
  return gitTool(tools, {
    name: 'git_status',
    description: 'Shows the branch and which files differ from the last commit, one a line.',
    schema: statusSchema,
    command: () => ['status', '--short', '--branch', ...submodules],
    empty: '[nothing differs from the last commit]',
  });
}

/** Shows changes of files line by line. */
export function createGitDiffTool(tools: GitTools): Tool<z.infer<typeof diffSchema>> {
  return gitTool(tools, {
    name: 'git_diff',
    description:
      'Shows changes that are not committed, as a unified diff. New files are not in it.',
    schema: diffSchema,
    command: ({ staged, base, contextLines }) => [
      'diff',
      '--no-ext-diff',
      '--no-textconv',
      ...submodules,
      `--unified=${contextLines}`,
      ...(staged === 'yes' ? ['--cached'] : []),
      ...(base === undefined ? [] : [base]),
    ],
    empty: '[no differences]',
  });
}

/** Shows the newest commits. */
export function createGitLogTool(tools: GitTools): Tool<z.infer<typeof logSchema>> {
  return gitTool(tools, {
    name: 'git_log',
    description: 'Shows the newest commits: hash, date, author and subject.',
    schema: logSchema,
    command: ({ revision: start, maxCount }) => [
      'log',
      `--max-count=${maxCount}`,
      '--date=short',
      '--format=%h %ad %an: %s',
      '--no-show-signature',
      '--no-ext-diff',
      '--no-textconv',
      start,
    ],
    empty: '[no commits]',
  });
}

/** Git would start itself in submodules, whose settings are as untrusted as the repository's. */
const submodules = ['--ignore-submodules=dirty'] as const;

interface GitLook<Arguments> {
  readonly name: string;
  readonly description: string;
  readonly schema: z.ZodType<Arguments>;
  readonly command: (args: Arguments) => readonly string[];
  /** What the model reads when git prints nothing. */
  readonly empty: string;
}

/**
 * A git command that only looks. It runs in the sandbox with the workspace read-only, because the repository's own
 * settings can make git run programs; what of them can be switched off is.
 */
function gitTool<Arguments extends { readonly path: string }>(
  { runner, gitSlots }: GitTools,
  { name, description, schema, command, empty }: GitLook<Arguments>,
): Tool<Arguments> {
  return {
    name,
    version: 1,
    access: 'read',
    description,
    schema,
    prepare: async (args, context) => {
      const path = await resolve(args.path, context);
      return {
        facts: pathFacts('read', [{ path, operation: 'read' }]),
        preconditions: { path },
        preview: previewOf(
          `git ${command(args).filter(isTelling).join(' ')} ${path === '.' ? '' : path}`,
        ),
        detail: '',
      };
    },
    perform: async (args, context) => {
      const path = await resolvePrepared(args.path, context);
      const argv = ['git', ...settings, ...command(args), '--', `./${path}`];
      const outcome = await gitSlots(() =>
        look(runner, { argv, environment: gitEnvironment }, context),
      );
      if (outcome.exitCode !== 0) throw gitFailure(outcome.output.stderr);
      const text = outcome.output.stdout.trimEnd();
      return { status: 'ok', text: text === '' ? empty : text, progress: false };
    },
  };
}

/** Leaves out of a preview what only shapes the output. */
function isTelling(word: string): boolean {
  return !/^--(?:no-|format|date|ignore|unified)/.test(word);
}

const settings: readonly string[] = [
  '--no-pager',
  '--no-optional-locks',
  '--literal-pathspecs',
  ...gitSettings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
];

/** A path that is gone can still be asked about: git knows what it was. */
function resolve(path: string, { workspace }: ToolContext): Promise<string> {
  return withPlace(workspace.root, path, async (place) => place.path);
}

function resolvePrepared(path: string, context: PerformContext): Promise<string> {
  return withPlace(context.workspace.root, path, async (place) => {
    requirePreparedPlace(place, context.preconditions);
    return place.path;
  });
}
