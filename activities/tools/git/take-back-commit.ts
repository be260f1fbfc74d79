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

/** What is recorded before a commit: the branch, its commit (empty when there is none) and the tree it gets. */
export const commitSchema = z.object({ ref: z.string(), old: z.string(), tree: z.string() });

/** What a commit is made on. */
export type CommitState = z.infer<typeof commitSchema>;

/** Line by which a commit of ours is found again: the id of its call. */
export const callTrailer = 'Holdfast-Call';

/** The commit of a branch, and where the branch goes back to; empty: it has no commit then. */
const wayBackSchema = z.object({ ref: z.string(), present: z.string(), back: z.string() });

const lookScript = `${scriptHead}
now=$(git rev-parse -q --verify "$1^{commit}" || true)
printf '%s\\0' "$now"
if [ -n "$now" ]; then
  git log -1 --no-show-signature --format='%P%x00%T%x00%(trailers:key=${callTrailer},valueonly,separator=%x20)%x00%s' "$now" --
fi
`;

const backScript = `${scriptHead}
${clearLocks}
now=$(git rev-parse -q --verify "$1^{commit}" || true)
[ "$now" = "$2" ] || moved
if [ -n "$3" ]; then git update-ref -m 'undo by holdfast' "$1" "$3" "$2" || moved
else git update-ref -m 'undo by holdfast' -d "$1" "$2" || moved; fi
`;

/** Takes a commit back while it is the newest of its branch; files and index stay as they are. */
export function takeBackCommit(tools: GitTools): TakeBack<unknown> {
  const newest = async (ref: string, context: ToolContext): Promise<readonly string[]> => {
    const found = await lookAtRepository(tools, { text: lookScript, words: [ref] }, context);
    return found.split('\0');
  };
  return {
    prepare: async (_args, context, { callId, preconditions }) => {
      const { ref, old, tree } = commitSchema.parse(preconditions);
      const [now = '', parents, itsTree, calls = '', subject = ''] = await newest(ref, context);
      const isOurs = calls.split(' ').includes(callId) && parents === old && itsTree === tree;
      if (!isOurs) {
        throw new ToolError(
          'conflict',
          `${shortRef(ref)} is not at the commit of this effect any more`,
        );
      }
      const to = old === '' ? 'no commit' : old.slice(0, 12);
      return {
        preconditions: { ref, present: now, back: old },
        preview: previewOf(`git reset --soft: ${shortRef(ref)} back to ${to}`),
        detail: `takes back ${now}: ${subject.trim()}\nits changes stay in the files, staged`,
      };
    },
    perform: async (_args, context) => {
      const { ref, present, back } = wayBackSchema.parse(context.preconditions);
      await changeRepository(tools, { text: backScript, words: [ref, present, back] }, context);
      return isBack(ref, back);
    },
    probe: async (_args, context) => {
      const { ref, present, back } = wayBackSchema.parse(context.preconditions);
      await waitForChange(tools, context);
      const [now = ''] = await newest(ref, context);
      if (now === back) return { type: 'happened', result: isBack(ref, back) };
      if (now === present) return { type: 'did-not-happen' };
      return { type: 'no-answer', why: `${shortRef(ref)} is at ${now}` };
    },
  };
}

function isBack(ref: string, back: string): ToolResult {
  const to = back === '' ? 'without a commit' : `at ${back}`;
  return { status: 'ok', text: `${shortRef(ref)} is ${to} again`, progress: true };
}
