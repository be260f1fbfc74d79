import { z } from 'zod';

import { previewOf } from '../../../domain/tools/prepared-call.ts';
import type { Remote } from '../../workspace/git/remotes.ts';
import { textSchema } from '../argument-schemas.ts';
import { placeOf } from '../http/safe-request.ts';
import {
  ToolError,
  type PerformContext,
  type Preparation,
  type ProbeResult,
  type Tool,
  type ToolContext,
  type ToolResult,
} from '../tool.ts';
import { lockNameOf } from '../../locks/lock-name-of.ts';
import { branchSchema } from './branch-name.ts';
import {
  allowedRemote,
  isAncestor,
  localCommit,
  lookAtRemote,
  type RemoteAccess,
} from './remote-repository.ts';
import { preparedPush, sendPush, type PreparedPush } from './send-push.ts';
import { takeBackPush } from './take-back-push.ts';

const schema = z.strictObject({
  branch: branchSchema.describe('Branch of the workspace to push; it gets the same name there.'),
  remote: textSchema(64)
    .regex(/^[A-Za-z0-9][\w.-]*$/, 'must be the name of a remote')
    .default('origin')
    .describe('Remote of the repository that this run copied.'),
  overwrite: z
    .enum(['no', 'yes'])
    .default('no')
    .describe('Whether commits of the branch there that are not in ours may be dropped.'),
});

type PushArguments = z.infer<typeof schema>;

/**
 * Pushes a branch of the workspace, by the worker and outside of the sandbox, on condition that the branch there is what
 * it was when the call was prepared. Never a plain force.
 */
export function createGitPushTool(access: RemoteAccess): Tool<PushArguments> {
  return {
    name: 'git_push',
    version: 1,
    access: 'change',
    needs: 'network',
    description:
      'Pushes a branch of the workspace to a remote of the repository that this run copied, if the branch there has not moved meanwhile. Commit first.',
    schema,
    effect: {
      precondition: 'commit of the branch there (--force-with-lease), and the commit to push',
      probe: 'asks the remote whether the branch is at our commit',
      undo: 'pushes the commit before with the same condition, or deletes the branch that was made',
    },
    prepare: (args, context) => preparePush(access, args, context),
    perform: (args, context) => performPush(access, args, context),
    probe: (args, context) => probePush(access, args, context),
    takeBack: takeBackPush(access),
  };
}

async function preparePush(
  access: RemoteAccess,
  { branch, remote: name, overwrite }: PushArguments,
  context: ToolContext,
): Promise<Preparation> {
  const remote = await allowedRemote(access, name, context);
  const commit = await localCommit(access, context.workspace, branch);
  if (commit === undefined) {
    throw new ToolError('not_found', `the workspace has no branch ${branch} with a commit`);
  }
  const there = await lookAtRemote(access, { remote, branch }, context);
  if (there.branch === commit) {
    throw new ToolError('conflict', `${branch} of ${name} is at this commit already`);
  }
  const expected = there.branch;
  const drops =
    expected !== null &&
    !(await isAncestor(access, context.workspace, { older: expected, newer: commit }));
  if (drops && overwrite === 'no') {
    throw new ToolError(
      'conflict',
      `${branch} of ${name} has commits that ours has not; push another branch, or say overwrite: yes to drop them`,
    );
  }
  const isDefault = branch === (there.defaultBranch ?? branch);
  const words = [
    ...(isDefault ? ['--default-branch'] : []),
    ...(drops ? ['--force-with-lease'] : []),
  ];
  return {
    facts: {
      access: drops || isDefault ? 'destructive' : 'change',
      paths: [],
      commands: [{ argv: ['git', 'push', ...words, name, branch], assignments: [], via: [] }],
      hosts: hostsOf(remote),
      unresolved: [],
    },
    preconditions: { url: remote.url, ref: `refs/heads/${branch}`, commit, expected },
    preview: previewOf(
      `git push ${[...words, name].join(' ')} ${branch} (${(expected ?? 'new').slice(0, 10)} → ${commit.slice(0, 10)})`,
    ),
    detail: [
      `to      ${remote.url}`,
      `branch  ${branch}${isDefault ? ' (the default branch)' : ''}`,
      `there   ${expected ?? 'does not exist'}`,
      `ours    ${commit}`,
      ...(drops ? ['drops commits that are only there'] : []),
    ].join('\n'),
    // Pushes to one repository wait for each other, whatever their branches: its hooks see one at a time.
    locks: [{ name: lockNameOf('repo', placeOfRepository(remote)), mode: 'exclusive' }],
  };
}

/** A repository as people know it: without the scheme, and `.git` and slashes at the end. */
function placeOfRepository({ url: address }: Remote): string {
  const place = address.startsWith('/') ? address : addressOf(new URL(address));
  return place.replace(/\/*(?:\.git)?\/*$/, '');
}

function addressOf({ host, pathname }: URL): string {
  return `${host}${pathname}`;
}

function hostsOf({ url: address }: Remote): readonly string[] {
  if (address.startsWith('/')) return [];
  const url = new URL(address);
  const { host } = placeOf(url);
  return [url.port === '' ? host : `${host}:${url.port}`];
}

async function performPush(
  access: RemoteAccess,
  args: PushArguments,
  context: PerformContext,
): Promise<ToolResult> {
  const wanted = await preparedPush(access, args.remote, context);
  await sendPush(access, wanted, context);
  return pushed(wanted);
}

async function probePush(
  access: RemoteAccess,
  args: PushArguments,
  context: PerformContext,
): Promise<ProbeResult> {
  const wanted = await preparedPush(access, args.remote, context);
  const { branch } = await lookAtRemote(access, wanted, context);
  if (branch === wanted.commit) return { type: 'happened', result: pushed(wanted) };
  // A push that is still on its way and one more have the same condition: only one gets through.
  if (branch === wanted.expected) return { type: 'did-not-happen' };
  return {
    type: 'no-answer',
    why: `${args.branch} of ${args.remote} is at ${branch ?? 'no commit'}, neither as it was nor as pushed`,
  };
}

function pushed({ remote, branch, commit, expected }: PreparedPush): ToolResult {
  const before = expected === null ? 'a new branch' : `was ${expected}`;
  return {
    status: 'ok',
    text: `pushed ${branch} to ${remote.name}: ${commit} (${before})`,
    progress: true,
  };
}
