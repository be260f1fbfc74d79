import { z } from 'zod';

import { ToolError, type PerformContext } from '../tool.ts';
import {
  allowedRemote,
  lookAtRemote,
  push,
  remoteFailure,
  type RemoteAccess,
  type WantedPush,
} from './remote-repository.ts';

/** What is recorded before a push: the branch there, the commit it gets, and the one it has; null where there is none. */
const pushSchema = z.object({
  url: z.string(),
  ref: z.string(),
  commit: z.string(),
  expected: z.string().nullable(),
});

/** Longest a push may take, in milliseconds. */
const pushMs = 120_000;

/** A push as it was prepared. */
export interface PreparedPush extends WantedPush {
  readonly commit: string;
}

/**
 * The push that was prepared.
 * @throws {ToolError} conflict when the remote leads elsewhere now.
 */
export async function preparedPush(
  access: RemoteAccess,
  name: string,
  context: Pick<PerformContext, 'workspace' | 'networkAllowed' | 'preconditions'>,
): Promise<PreparedPush> {
  const { url, ref, commit, expected } = pushSchema.parse(context.preconditions);
  const remote = await allowedRemote(access, name, context);
  if (remote.url !== url) throw new ToolError('conflict', `${name} leads to ${remote.url} now`);
  return { remote, branch: ref.slice('refs/heads/'.length), commit, expected };
}

/**
 * Puts a branch of a remote where it is wanted.
 * @throws {ToolError} conflict when the branch has moved, execution_error when it is refused; nothing was done then.
 */
export async function sendPush(
  access: RemoteAccess,
  wanted: WantedPush,
  context: PerformContext,
): Promise<void> {
  const timeout = AbortSignal.timeout(Math.min(pushMs, context.timeoutMs));
  const signal = AbortSignal.any([context.signal, timeout]);
  const { exitCode, stdout, stderr } = await push(access, wanted, { ...context, signal });
  if (exitCode === 0) return;
  const said = `${stdout.toString('utf8')}\n${stderr}`;
  if (/^!\t/m.test(said)) {
    // The condition does not hold any more; it may be that an attempt before this one was just behind its look.
    const there = await lookAtRemote(access, wanted, context).catch((error: unknown) => {
      throw new Error(`git push was refused, and nobody can look why: ${String(error)}`);
    });
    if (there.branch === wanted.commit) return;
    throw refused(wanted, said);
  }
  if (wasNotBegun(stderr)) throw remoteFailure(wanted.remote, stderr);
  throw new Error(`git push broke off: ${stderr.trim().slice(0, 400)}`);
}

/** True when git did not get as far as sending anything. What the remote says stands behind a word of git and is not its own. */
function wasNotBegun(stderr: string): boolean {
  return /^fatal: (?:unable to access|Authentication failed|could not read (?:Username|Password)|.* does not appear to be a git repository|repository '.*' not found)/m.test(
    stderr,
  );
}

function refused({ remote, branch }: WantedPush, said: string): ToolError {
  const line = said.split('\n').find((each) => each.startsWith('!\t')) ?? '';
  const why = /\[.*$/.exec(line)?.[0] ?? 'refused';
  if (why.includes('stale info')) {
    return new ToolError(
      'conflict',
      `${branch} of ${remote.name} moved after this call was prepared; nothing was pushed`,
    );
  }
  return new ToolError(
    'execution_error',
    `${remote.name} refused ${branch}: ${why.slice(0, 500)}; nothing was pushed`,
  );
}
