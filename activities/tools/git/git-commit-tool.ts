import { z } from 'zod';

import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { pathSchema, textSchema } from '../argument-schemas.ts';
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
import { shortRef } from './branch-name.ts';
import type { GitTools } from './git-settings.ts';
import {
  changeRepository,
  clearLocks,
  lookAtRepository,
  probeChange,
  scriptHead,
} from './repository-script.ts';
import { callTrailer, commitSchema, takeBackCommit, type CommitState } from './take-back-commit.ts';

const schema = z.strictObject({
  message: textSchema(10_000)
    .refine((text) => text.trim() !== '', 'must not be blank')
    .describe('Message of the commit; its first line is the subject.'),
  paths: z
    .array(pathSchema)
    .min(1)
    .max(100)
    .default(['.'])
    .describe('Files and folders whose changes are committed; everything when left out.'),
});

type CommitArguments = z.infer<typeof schema>;

/** Longest detail for people, in characters. */
const maxDetail = 50_000;
/** Paths of one commit that policy judges one by one. */
const maxPaths = 500;

/**
 * The tree of HEAD with the present state of the paths, in an index of its own; `"$@"` are the paths. What else was
 * staged stays out, and so do unfinished merges. The copied index keeps its time, by which git knows what it has to read
 * again.
 */
const writeTree = `export GIT_INDEX_FILE=/tmp/index
if [ -n "$old" ] && [ -f "$dir/index" ]; then cp -p -- "$dir/index" /tmp/index; fi
if [ -n "$old" ]; then git read-tree --reset "$old"; else git read-tree --empty; fi
git add -A -- "$@"
tree=$(git write-tree)
`;

const prepareScript = `${scriptHead}
merging=$(if [ -e "$dir/MERGE_HEAD" ]; then echo merging; fi)
mkdir /tmp/objects
export GIT_ALTERNATE_OBJECT_DIRECTORIES="$dir/objects" GIT_OBJECT_DIRECTORY=/tmp/objects
${writeTree}
base=$(if [ -n "$old" ]; then git rev-parse "$old^{tree}"; else git hash-object -t tree /dev/null; fi)
printf '%s\\0%s\\0%s\\0%s\\0' "$ref" "$old" "$tree" "$merging"
git diff-tree -r --no-renames --name-status -z "$base" "$tree"
printf '\\0'
git diff-tree -r -p --no-ext-diff --no-textconv --no-color "$base" "$tree"
`;

const performScript = `${scriptHead}
expectedRef=$1 expectedOld=$2 expectedTree=$3 message=$4
shift 4
${clearLocks}
[ "$ref" = "$expectedRef" ] && [ "$old" = "$expectedOld" ] || moved
${writeTree}
[ "$tree" = "$expectedTree" ] || moved
commit=$(printf '%s' "$message" | git commit-tree "$tree" \${old:+-p "$old"})
cp -p -- /tmp/index "$dir/index.next" && mv -f -- "$dir/index.next" "$dir/index"
git update-ref -m 'commit by holdfast' "$ref" "$commit" "\${old:-0000000000000000000000000000000000000000}" || moved
printf '%s' "$commit"
`;

const probeScript = `${scriptHead}
now=$(git rev-parse -q --verify "$1^{commit}" || true)
if [ "$now" = "$2" ]; then echo before; exit 0; fi
if [ -n "$2" ]; then set -- "$1" "^$2"; else set -- "$1"; fi
git log --max-count=200 --no-show-signature --format='%H %(trailers:key=${callTrailer},valueonly,separator=%x20)' "$@" --
`;

/** Commits changes of files to the branch that is checked out. */
export function createGitCommitTool(tools: GitTools): Tool<CommitArguments> {
  return {
    name: 'git_commit',
    version: 1,
    access: 'change',
    description:
      'Commits the changes of files to the branch that is checked out, new and deleted files included. Ignored files stay out.',
    schema,
    effect: {
      precondition: 'the branch, its commit and the tree that will be committed',
      probe:
        'waits for git to end, then looks for the commit with the id of the call in the branch',
      undo: 'git reset --soft to the commit before, while nothing came after it',
    },
    prepare: (args, context) => prepareCommit(tools, args, context),
    perform: (args, context) => performCommit(tools, args, context),
    probe: (args, context) => probeCommit(tools, args, context),
    takeBack: takeBackCommit(tools),
  };
}

async function prepareCommit(
  tools: GitTools,
  { message, paths }: CommitArguments,
  context: ToolContext,
): Promise<Preparation> {
  const found = await lookAtRepository(tools, { text: prepareScript, words: paths }, context);
  const [ref = '', old = '', tree = '', merging = '', ...fields] = found.split('\0');
  if (merging !== '') {
    throw new ToolError(
      'conflict',
      'a merge is not finished: end it with git merge --abort or git merge --continue first',
    );
  }
  const end = fields.indexOf('');
  const listed = fields.slice(0, end);
  const changed = listed.filter((_, index) => index % 2 === 1);
  if (changed.length === 0) throw new ToolError('conflict', 'there is nothing to commit');
  const patch = fields.slice(end + 1).join('\0');
  const facts = pathFacts(
    'change',
    changed.slice(0, maxPaths).map((path) => ({ path, operation: 'read' })),
  );
  const more = changed.length - maxPaths;
  const unresolved = more > 0 ? [`${more} more files would be committed`] : [];
  const subject = message.trim().split('\n')[0] ?? '';
  return {
    facts: { ...facts, unresolved },
    preconditions: { ref, old, tree },
    preview: previewOf(`commit ${countOf(changed.length)} to ${shortRef(ref)}: ${subject}`),
    detail: `${message.trim()}\n\n${patch}`.slice(0, maxDetail),
  };
}

async function performCommit(
  tools: GitTools,
  { message, paths }: CommitArguments,
  context: PerformContext,
): Promise<ToolResult> {
  const { ref, old, tree } = commitSchema.parse(context.preconditions);
  const whole = `${message.trim()}\n\n${callTrailer}: ${context.callId}\n`;
  const words = [ref, old, tree, whole, ...paths];
  try {
    const commit = await changeRepository(tools, { text: performScript, words }, context);
    return committed(commit.trim(), { ref, message });
  } catch (error) {
    if (!(error instanceof ToolError) || error.code !== 'conflict') throw error;
    // An attempt before this one may have been just behind its look.
    const made = await findCommit(tools, { ref, old, tree }, context);
    if (made?.type === 'commit') return committed(made.commit, { ref, message });
    throw error;
  }
}

async function probeCommit(
  tools: GitTools,
  { message }: CommitArguments,
  context: ProbeContext,
): Promise<ProbeResult> {
  const preconditions = commitSchema.parse(context.preconditions);
  const { ref } = preconditions;
  return probeChange(tools, context, async () => {
    const made = await findCommit(tools, preconditions, context);
    if (made?.type === 'before') return 'nothing';
    if (made?.type === 'commit') return committed(made.commit, { ref, message });
    return { unclear: `${shortRef(ref)} is neither as it was nor holds a commit of this call` };
  });
}

type FoundCommit =
  | { readonly type: 'before' }
  | { readonly type: 'commit'; readonly commit: string };

async function findCommit(
  tools: GitTools,
  { ref, old }: CommitState,
  context: PerformContext,
): Promise<FoundCommit | undefined> {
  const output = await lookAtRepository(tools, { text: probeScript, words: [ref, old] }, context);
  if (output.trim() === 'before') return { type: 'before' };
  for (const line of output.split('\n')) {
    const [commit = '', ...calls] = line.split(' ');
    if (calls.includes(context.callId)) return { type: 'commit', commit };
  }
  return undefined;
}

function committed(
  commit: string,
  { ref, message }: { readonly ref: string; readonly message: string },
): ToolResult {
  const subject = message.trim().split('\n')[0] ?? '';
  return {
    status: 'ok',
    text: `[${shortRef(ref)} ${commit.slice(0, 12)}] ${subject}\ncommit ${commit}`,
    progress: true,
  };
}

function countOf(files: number): string {
  return files === 1 ? '1 file' : `${files} files`;
}
