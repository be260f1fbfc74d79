import { z } from 'zod';

import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { ToolError, type TakeBack, type ToolContext, type ToolResult } from '../tool.ts';
import { shortRef } from './branch-name.ts';
import type { GitTools } from './git-settings.ts';
import {
  changeRepository,
  clearLocks,
  lookAtRepository,
  scriptHead,
  waitForChange,
} from './repository-script.ts';

/** What is recorded before a branch is made or checked out. */
export const branchStateSchema = z.object({
  /** What is checked out; HEAD when it is no branch. */
  ref: z.string(),
  old: z.string(),
  /** Commit of the branch; empty when there is none. */
  target: z.string(),
  /** Hash of what git status says of tracked files. */
  status: z.string(),
});

/** What a branch is made on or checked out from. */
export type BranchState = z.infer<typeof branchStateSchema>;

/** The arguments that matter here. */
interface BranchArguments {
  readonly name: string;
  readonly action: 'create' | 'switch';
}

const wayBackSchema = z.object({
  /** Commit of the branch that is checked out. */
  present: z.string(),
  /** What was checked out before, and its commit. */
  ref: z.string(),
  back: z.string(),
});
type WayBack = z.infer<typeof wayBackSchema>;

const lookScript = `${scriptHead}
made=$(git rev-parse -q --verify "refs/heads/$1^{commit}" || true)
before=$(git rev-parse -q --verify "$2^{commit}" || true)
printf '%s\\0%s\\0%s\\0%s' "$ref" "$old" "$made" "$before"
`;

/** Goes on where an attempt before it was cut off. */
const backScript = `${scriptHead}
name=$1 action=$2 present=$3 before=$4 back=$5
${clearLocks}
if [ "$ref" = "refs/heads/$name" ] && [ "$old" = "$present" ]; then
  if [ "$before" = HEAD ]; then git checkout --quiet --detach "$back" --
  else
    [ "$(git rev-parse -q --verify "$before^{commit}" || true)" = "$back" ] || moved
    git checkout --quiet --no-guess "\${before#refs/heads/}" --
  fi
elif [ "$ref" != "$before" ] || [ "$old" != "$back" ]; then moved; fi
if [ "$action" = create ]; then
  git update-ref -m 'undo by holdfast' -d "refs/heads/$name" "$present" || moved
fi
`;

/** Checks out what was checked out before; a branch that was made is deleted while it has no commit of its own. */
export function takeBackBranch(tools: GitTools): TakeBack<BranchArguments> {
  const look = async (name: string, before: string, context: ToolContext) => {
    const words = [name, before];
    const found = await lookAtRepository(tools, { text: lookScript, words }, context);
    const [ref = '', old = '', made = '', beforeCommit = ''] = found.split('\0');
    return { ref, old, made, beforeCommit };
  };
  return {
    prepare: async ({ name, action }, context, { preconditions }) => {
      const was = branchStateSchema.parse(preconditions);
      const present = action === 'create' ? was.old : was.target;
      const now = await look(name, was.ref, context);
      const isLeftAlone = now.ref === `refs/heads/${name}` && now.old === present;
      if (!isLeftAlone || (was.ref !== 'HEAD' && now.beforeCommit !== was.old)) {
        throw new ToolError(
          'conflict',
          `${name} or ${shortRef(was.ref)} is not any more as this effect left it`,
        );
      }
      const removes = action === 'create' ? `, delete ${name}` : '';
      return {
        preconditions: { present, ref: was.ref, back: was.old },
        preview: previewOf(`git branch: check out ${placeOf(was.ref, was.old)}${removes}`),
        detail: 'changes that are not committed stay; where they stand in the way nothing happens',
      };
    },
    perform: async ({ name, action }, context) => {
      const { present, ref, back } = wayBackSchema.parse(context.preconditions);
      const words = [name, action, present, ref, back];
      await changeRepository(tools, { text: backScript, words }, context);
      return isBack({ ref, back });
    },
    probe: async ({ name, action }, context) => {
      const { present, ref, back } = wayBackSchema.parse(context.preconditions);
      await waitForChange(tools, context);
      const now = await look(name, ref, context);
      const isThere = now.ref === ref && now.old === back;
      if (isThere && (action === 'switch' || now.made === '')) {
        return { type: 'happened', result: isBack({ ref, back }) };
      }
      const isOnBranch = now.ref === `refs/heads/${name}` && now.old === present;
      if (isThere || isOnBranch) return { type: 'did-not-happen' };
      return { type: 'no-answer', why: `${placeOf(now.ref, now.old)} is checked out` };
    },
  };
}

function isBack({ ref, back }: Pick<WayBack, 'ref' | 'back'>): ToolResult {
  return { status: 'ok', text: `${placeOf(ref, back)} is checked out again`, progress: true };
}

function placeOf(ref: string, commit: string): string {
  return ref === 'HEAD' ? commit.slice(0, 12) : shortRef(ref);
}
