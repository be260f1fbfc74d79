import { z } from 'zod';

import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { ToolError, type PerformContext, type TakeBack, type ToolResult } from '../tool.ts';
import {
  allowedRemote,
  hasCommit,
  lookAtRemote,
  type RemoteAccess,
  type WantedPush,
} from './remote-repository.ts';
import { preparedPush, sendPush } from './send-push.ts';

/** Where a branch is, and where it goes back to; null: it is deleted. */
const wayBackSchema = z.object({
  url: z.string(),
  branch: z.string(),
  present: z.string(),
  back: z.string().nullable(),
});

/** Takes a push back while the branch there is where it was put. */
export function takeBackPush(access: RemoteAccess): TakeBack<{ readonly remote: string }> {
  return {
    prepare: async ({ remote: name }, context, { preconditions }) => {
      const made = await preparedPush(access, name, { ...context, preconditions });
      const { remote, branch, commit, expected: back } = made;
      const there = await lookAtRemote(access, made, context);
      if (there.branch !== commit) throw movedOn(made, there.branch);
      if (back !== null && !(await hasCommit(access, context.workspace, back))) {
        throw new ToolError(
          'not_found',
          `the commit before, ${back}, is not in the workspace; put it back from where it is, with: git push --force-with-lease=${branch}:${commit}`,
        );
      }
      const to = back === null ? 'delete' : back.slice(0, 10);
      return {
        preconditions: { url: remote.url, branch, present: commit, back },
        preview: previewOf(`git push ${name} ${branch} (${commit.slice(0, 10)} → ${to})`),
        detail: [
          `to      ${remote.url}`,
          `branch  ${branch}`,
          `there   ${commit}`,
          `back    ${back ?? 'the branch is deleted: the push made it'}`,
        ].join('\n'),
      };
    },
    perform: async (args, context) => {
      const wanted = await wantedBack(access, args.remote, context);
      await sendPush(access, wanted, context);
      return isBack(wanted);
    },
    probe: async (args, context) => {
      const wanted = await wantedBack(access, args.remote, context);
      const { branch } = await lookAtRemote(access, wanted, context);
      if (branch === wanted.commit) return { type: 'happened', result: isBack(wanted) };
      if (branch === wanted.expected) return { type: 'did-not-happen' };
      return { type: 'no-answer', why: `${wanted.branch} is at ${branch ?? 'no commit'}` };
    },
  };
}

async function wantedBack(
  access: RemoteAccess,
  name: string,
  context: PerformContext,
): Promise<WantedPush> {
  const { url, branch, present, back } = wayBackSchema.parse(context.preconditions);
  const remote = await allowedRemote(access, name, context);
  if (remote.url !== url) throw new ToolError('conflict', `${name} leads to ${remote.url} now`);
  return { remote, branch, commit: back, expected: present };
}

function movedOn({ remote, branch }: WantedPush, there: string | null): ToolError {
  const now = there === null ? 'does not exist' : `is at ${there}`;
  return new ToolError(
    'conflict',
    `${branch} of ${remote.name} ${now}, not where this effect put it`,
  );
}

function isBack({ remote, branch, commit }: WantedPush): ToolResult {
  const text =
    commit === null
      ? `deleted ${branch} of ${remote.name}`
      : `${branch} of ${remote.name} is at ${commit} again`;
  return { status: 'ok', text, progress: true };
}
