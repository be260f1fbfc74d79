import { dirname, join } from 'node:path';

import { notedRemotes, type Remote } from '../../workspace/git/remotes.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import { tryGit, type GitOutput, type GitProgram } from '../../workspace/git/git-program.ts';
import { shadowName } from '../../workspace/make-workspace.ts';
import { checkUrl, placeOf, safeAddress, type HostRules } from '../http/safe-request.ts';
import { ToolError, type OpenWorkspace, type ToolContext } from '../tool.ts';

/** A way to name oneself to a server. */
export interface RemoteCredential {
  readonly username: string;
  readonly password: string;
}

/** What pushing needs: the worker's own git, outside of the sandbox. */
export interface RemoteAccess {
  readonly git: GitProgram;
  readonly rules: HostRules;
  /** Folders below which local repositories may be pushed to, absolute. */
  readonly repositories: readonly string[];
  /**
   * The credential for a host; undefined when there is none.
   * @throws {HoldfastError} dependency_missing when it is set, but not there.
   */
  readonly credentialFor: (host: string) => Promise<RemoteCredential | undefined>;
  /** Longest wait for a remote that is only looked at, in milliseconds. Default 30,000. */
  readonly lookMs?: number;
}

/** What a remote repository says of itself. */
export interface RemoteState {
  /** Commit of the branch; null when there is none. */
  readonly branch: string | null;
  /** Name of the default branch; undefined for an empty repository. */
  readonly defaultBranch: string | undefined;
}

/** Longest a look at a remote may take, in milliseconds. */
const defaultLookMs = 30_000;

/**
 * The remote of a name, when it may be talked to.
 * @throws {ToolError} not_found for a name that the copied repository does not know; access_denied where it leads.
 */
export async function allowedRemote(
  { rules, repositories }: RemoteAccess,
  name: string,
  { workspace, networkAllowed }: Pick<ToolContext, 'workspace' | 'networkAllowed'>,
): Promise<Remote> {
  if (!networkAllowed) throw new ToolError('access_denied', 'this run has no network');
  const known = await notedRemotes(shadowOf(workspace));
  const remote = known.find((each) => each.name === name);
  if (remote === undefined) {
    const names = known.map((each) => each.name).join(', ');
    throw new ToolError(
      'not_found',
      `the repository that this run copied has no remote ${name} that can be pushed to; it has ${names === '' ? 'none' : names}`,
    );
  }
  if (!remote.url.startsWith('/')) checkUrl(new URL(remote.url), rules);
  else if (!repositories.some((folder) => isWithin(remote.url, folder))) {
    throw new ToolError(
      'access_denied',
      `${name} is a folder of this machine that the setting allowedRepositories does not name`,
    );
  }
  return remote;
}

function isWithin(path: string, folder: string): boolean {
  const isPlain = !path.split('/').includes('..');
  return isPlain && (path === folder || path.startsWith(`${folder.replace(/\/$/, '')}/`));
}

/** Asks a remote for its branches. Nothing that a model wrote is sent. */
export async function lookAtRemote(
  access: RemoteAccess,
  { remote, branch }: { readonly remote: Remote; readonly branch: string },
  context: Pick<ToolContext, 'workspace' | 'signal'>,
): Promise<RemoteState> {
  const late = AbortSignal.timeout(access.lookMs ?? defaultLookMs);
  const signal = AbortSignal.any([context.signal, late]);
  const args = ['ls-remote', '--symref', '--', remote.url];
  const { workspace } = context;
  const output = await talk(access, remote, { args, workspace, signal }).catch((error: unknown) => {
    context.signal.throwIfAborted();
    if (late.aborted) throw new ToolError('timeout', `${remote.name} does not answer`);
    throw error;
  });
  if (output.exitCode !== 0) throw remoteFailure(remote, output.stderr);
  const text = output.stdout.toString('utf8');
  const [, defaultBranch] = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(text) ?? [];
  const line = text.split('\n').find((each) => each.endsWith(`\trefs/heads/${branch}`));
  return { branch: line?.split('\t')[0] ?? null, defaultBranch };
}

/** A commit to be put on a branch of a remote. */
export interface WantedPush {
  readonly remote: Remote;
  readonly branch: string;
  /** Null: the branch is deleted there. */
  readonly commit: string | null;
  /** What the branch must be there before; null when it must not exist. */
  readonly expected: string | null;
}

/** The hooks of a local repository that the operator allows are part of it: our settings, which switch hooks off, do not count there. */
const localReceiver = "env GIT_CONFIG_GLOBAL=/dev/null git -c 'safe.directory=*' receive-pack";

/** Pushes one commit, on condition of what stands there. Gives what git said. */
export async function push(
  access: RemoteAccess,
  { remote, branch, commit, expected }: WantedPush,
  { workspace, signal }: Pick<ToolContext, 'workspace' | 'signal'>,
): Promise<GitOutput> {
  const ref = `refs/heads/${branch}`;
  const args = [
    'push',
    '--porcelain',
    '--no-verify',
    '--no-signed',
    '--recurse-submodules=no',
    `--force-with-lease=${ref}:${expected ?? ''}`,
    ...(remote.url.startsWith('/') ? [`--receive-pack=${localReceiver}`] : []),
    '--',
    remote.url,
    `${commit ?? ''}:${ref}`,
  ];
  return talk(access, remote, { args, workspace, signal });
}

/**
 * Runs git with our own repository beside the workspace, so that no setting or hook of the workspace's counts; only its
 * objects are borrowed. The address of the host is looked up and checked here, and git connects to that one.
 */
async function talk(
  { git, rules, credentialFor }: RemoteAccess,
  remote: Remote,
  call: {
    readonly args: readonly string[];
    readonly workspace: OpenWorkspace;
    readonly signal: AbortSignal;
  },
): Promise<GitOutput> {
  const { root, uid, gid } = call.workspace;
  const settings: [string, string][] = [];
  if (!remote.url.startsWith('/')) {
    const url = new URL(remote.url);
    const { address } = await safeAddress(rules, url);
    const { host, port } = placeOf(url);
    const credential = await credentialFor(host).catch((error: unknown) => {
      // Nothing was sent; who asked is told what is missing on this machine.
      throw error instanceof HoldfastError ? new ToolError(error.code, error.message) : error;
    });
    settings.push(
      // SAFETY: a redirect could lead to a host that nobody allowed.
      ['http.followRedirects', 'false'],
      ['http.proxy', ''],
      [
        'http.curloptResolve',
        `${host}:${port}:${address.includes(':') ? `[${address}]` : address}`,
      ],
      ['credential.helper', ''],
      ['core.askPass', ''],
    );
    if (credential !== undefined) {
      const words = `${credential.username}:${credential.password}`;
      const basic = Buffer.from(words, 'utf8').toString('base64');
      settings.push([`http.${url.origin}/.extraHeader`, `Authorization: Basic ${basic}`]);
    }
  }
  const shadow = shadowOf(call.workspace);
  return tryGit(git, {
    args: ['--git-dir', shadow, ...call.args],
    cwd: root,
    as: { uid, gid },
    signal: call.signal,
    environment: {
      GIT_ALTERNATE_OBJECT_DIRECTORIES: join(root, '.git', 'objects'),
      GIT_ALLOW_PROTOCOL: remote.url.startsWith('/') ? 'file' : 'http:https',
      // By variables: a command line can be read by everybody on the host.
      GIT_CONFIG_COUNT: String(settings.length),
      ...Object.fromEntries(
        settings.flatMap(([name, value], index) => [
          [`GIT_CONFIG_KEY_${index}`, name],
          [`GIT_CONFIG_VALUE_${index}`, value],
        ]),
      ),
    },
  });
}

/** The commit of a branch of the workspace's own repository; undefined when there is none. */
export async function localCommit(
  { git }: RemoteAccess,
  { root, uid, gid }: OpenWorkspace,
  branch: string,
): Promise<string | undefined> {
  const args = ['rev-parse', '--quiet', '--verify', `refs/heads/${branch}^{commit}`];
  const found = await tryGit(git, {
    args: ['--git-dir', join(root, '.git'), ...args],
    cwd: root,
    as: { uid, gid },
  });
  return found.exitCode === 0 ? found.stdout.toString('latin1').trim() : undefined;
}

/** Whether the workspace has a commit with everything it needs to be pushed. */
export async function hasCommit(
  { git }: RemoteAccess,
  { root, uid, gid }: OpenWorkspace,
  commit: string,
): Promise<boolean> {
  const args = ['cat-file', '-e', `${commit}^{tree}`];
  const found = await tryGit(git, {
    args: ['--git-dir', join(root, '.git'), ...args],
    cwd: root,
    as: { uid, gid },
  });
  return found.exitCode === 0;
}

/** Whether everything that the older commit holds is in the newer one, as far as the workspace knows. */
export async function isAncestor(
  { git }: RemoteAccess,
  { root, uid, gid }: OpenWorkspace,
  { older, newer }: { readonly older: string; readonly newer: string },
): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', older, newer];
  const found = await tryGit(git, {
    args: ['--git-dir', join(root, '.git'), ...args],
    cwd: root,
    as: { uid, gid },
  });
  return found.exitCode === 0;
}

/** What the model is told of a remote that could not be talked to. */
export function remoteFailure({ name }: Remote, stderr: string): ToolError {
  const words = stderr.trim().slice(0, 1_000);
  return new ToolError('execution_error', `${name}: ${words === '' ? 'git failed' : words}`);
}

function shadowOf({ root }: OpenWorkspace): string {
  return join(dirname(root), shadowName);
}
