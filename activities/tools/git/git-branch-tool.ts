import { z } from 'zod';

import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { pathFacts } from '../preparations.ts';
import {
  ToolError,
  type PerformContext,
  type Preparation,
  type ProbeContext,
  type ProbeResult,
  type Tool,
  type ToolContext,
  type ToolResult,
} from '../tool.ts';
import { branchSchema, shortRef } from './branch-name.ts';
import type { GitTools } from './git-settings.ts';
import {
  changeRepository,
  clearLocks,
  lookAtRepository,
  probeChange,
  scriptHead,
} from './repository-script.ts';
import { branchStateSchema, takeBackBranch, type BranchState } from './take-back-branch.ts';

const schema = z.strictObject({
  name: branchSchema.describe('Name of the branch.'),
  action: z
    .enum(['create', 'switch'])
    .describe('create makes it at the present commit and checks it out; switch checks it out.'),
});

type BranchArguments = z.infer<typeof schema>;

/** Paths that policy judges one by one. */
const maxPaths = 500;

const lookScript = `${scriptHead}
target=$(git rev-parse -q --verify "refs/heads/$1^{commit}" || true)
status=$(git status --porcelain=v2 -z --untracked-files=no --ignore-submodules=dirty | git hash-object --stdin)
printf '%s\\0%s\\0%s\\0%s\\0' "$ref" "$old" "$target" "$status"
if [ -n "$old" ] && [ -n "$target" ]; then git diff-tree -r --no-renames --name-only -z "$old" "$target"; fi
`;

const createScript = `${scriptHead}
${clearLocks}
[ "$ref" = "$2" ] && [ "$old" = "$3" ] || moved
made=$(git rev-parse -q --verify "refs/heads/$1^{commit}" || true)
if [ "$made" != "$old" ]; then
  git update-ref -m 'branch by holdfast' "refs/heads/$1" "$old" 0000000000000000000000000000000000000000 || moved
fi
git symbolic-ref -m 'branch by holdfast' HEAD "refs/heads/$1"
`;

const switchScript = `${scriptHead}
${clearLocks}
[ "$ref" = "$2" ] && [ "$old" = "$3" ] || moved
git checkout --quiet --no-guess "$1" --
`;

/** Makes a branch or checks one out. */
export function createGitBranchTool(tools: GitTools): Tool<BranchArguments> {
  return {
    name: 'git_branch',
    version: 1,
    access: 'change',
    description:
      'Makes a branch at the present commit and checks it out, or checks out one that exists. Changes that are not committed stay; where they stand in the way nothing happens.',
    schema,
    changes: 'anything',
    effect: {
      precondition: 'what is checked out, the commit of the branch, and the state of tracked files',
      probe: 'waits for git to end, then looks at what is checked out',
      undo: 'checks out what was checked out before; a branch that was made is deleted while it has no commit of its own',
    },
    prepare: (args, context) => prepareBranch(tools, args, context),
    perform: (args, context) => performBranch(tools, args, context),
    probe: (args, context) => probeBranch(tools, args, context),
    takeBack: takeBackBranch(tools),
  };
}

async function prepareBranch(
  tools: GitTools,
  { name, action }: BranchArguments,
  context: ToolContext,
): Promise<Preparation> {
  const { paths, ...state } = await stateOf(tools, name, context);
  if (state.old === '') throw new ToolError('conflict', 'the repository has no commit yet');
  if (action === 'create' && state.target !== '') {
    throw new ToolError('conflict', `the branch ${name} is there already: switch to it`);
  }
  if (action === 'switch' && state.target === '') {
    throw new ToolError('not_found', `there is no branch ${name}; use action create to make it`);
  }
  if (state.ref === `refs/heads/${name}`) {
    throw new ToolError('conflict', `${name} is checked out already`);
  }
  const written = action === 'create' ? [] : paths;
  const more = written.length - maxPaths;
  return {
    facts: {
      ...pathFacts(
        'change',
        written.slice(0, maxPaths).map((path) => ({ path, operation: 'write' })),
      ),
      unresolved: more > 0 ? [`${more} more files would be written`] : [],
    },
    preconditions: state,
    preview: previewOf(`git branch: ${action} ${name} from ${shortRef(state.ref)}`),
    detail: written.length === 0 ? '' : `writes:\n${written.slice(0, maxPaths).join('\n')}`,
  };
}

async function performBranch(
  tools: GitTools,
  { name, action }: BranchArguments,
  context: PerformContext,
): Promise<ToolResult> {
  const { ref, old } = branchStateSchema.parse(context.preconditions);
  const text = action === 'create' ? createScript : switchScript;
  await changeRepository(tools, { text, words: [name, ref, old] }, context);
  return done({ name, action });
}

async function probeBranch(
  tools: GitTools,
  args: BranchArguments,
  context: ProbeContext,
): Promise<ProbeResult> {
  const before = branchStateSchema.parse(context.preconditions);
  return probeChange(tools, context, async () => {
    const { ref, old, status } = await stateOf(tools, args.name, context);
    if (ref === `refs/heads/${args.name}` && before.ref !== ref) return done(args);
    if (ref === before.ref && old === before.old && status === before.status) return 'nothing';
    return {
      unclear: `${shortRef(ref)} is checked out and files differ from how they were: the switch was cut off in the middle`,
    };
  });
}

async function stateOf(
  tools: GitTools,
  name: string,
  context: ToolContext,
): Promise<BranchState & { readonly paths: readonly string[] }> {
  const found = await lookAtRepository(tools, { text: lookScript, words: [name] }, context);
  const [ref = '', old = '', target = '', status = '', ...paths] = found.split('\0');
  return { ref, old, target, status: status.trim(), paths: paths.filter((path) => path !== '') };
}

function done({ name, action }: BranchArguments): ToolResult {
  const text = action === 'create' ? `made and checked out ${name}` : `checked out ${name}`;
  return { status: 'ok', text, progress: true };
}
