import { chmod, lstat, mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { HoldfastError } from '../../domain/failures.ts';
import type { RunId } from '../../domain/run/ids.ts';
import type { WorkspaceRef } from '../../domain/run/run-input.ts';
import type { OpenWorkspace } from '../tools/tool.ts';
import { applyPatch, type AppliedPatch } from './apply-patch.ts';
import type { OneFile } from './checkpoints/chain.ts';
import { Checkpoints, type KeptCall } from './checkpoints/checkpoints.ts';
import { changedFiles } from './changed-files.ts';
import { contentBefore } from './content-before.ts';
import { safekeepingOf, type BundleOptions } from './bundles/safekeeping.ts';
import type { SourceLimits } from './copy-source.ts';
import { withPlace } from './files/paths.ts';
import { readWhole } from './files/read-file.ts';
import { maxWritableBytes } from './files/replace-file.ts';
import { forkWorkspace, type WorkspaceFork } from './fork-workspace.ts';
import { removeTree } from './git/core-programs.ts';
import { gitConfiguration, type GitProgram } from './git/git-program.ts';
import { makeWorkspace, shadowName, treeName, workspaceIdOf } from './make-workspace.ts';
import type { PlantedFile } from './plant-files.ts';
import type { Shadow } from './git/shadow-repository.ts';
import { shadowDiff, type WorkspaceDiff } from './git/shadow.ts';
import type { Slots } from './git/slots.ts';

/** The runs' own copies of files, kept on this host. */
export interface Workspaces {
  /**
   * Makes the workspace of a run: a copy of the folder `source`, or empty without one. The same run id always gives
   * the same workspace; one that a killed worker left half made is removed and made again.
   *
   * @throws {HoldfastError} invalid_argument, not_found or payload_too_large when the source cannot be taken.
   */
  readonly create: (runId: RunId, source: string | undefined) => Promise<WorkspaceRef>;
  /**
   * Opens a workspace. One that is gone, or whose host is, is restored from its bundle first.
   *
   * @throws {HoldfastError} workspace_lost when it cannot be restored, or lacks something that nobody was told of yet;
   * {ApplicationFailure} Effect.Busy while another host that lives holds it.
   */
  readonly open: (ref: WorkspaceRef) => Promise<OpenWorkspace>;
  /**
   * Makes the workspace of a run out of another one, with the files as a turn left them. Idempotent as `create`.
   * @throws {HoldfastError} workspace_lost when that one is gone; conflict when that state was not kept.
   */
  readonly fork: (runId: RunId, source: WorkspaceRef, fork: WorkspaceFork) => Promise<WorkspaceRef>;
  /** Makes sure that the state before a call that changes files is kept. */
  readonly keepBefore: (workspace: OpenWorkspace, call: KeptCall) => Promise<void>;
  /**
   * Begins to keep the state behind a call, which the next one waits for; `path` when nothing but this file was changed.
   */
  readonly keepAfter: (workspace: OpenWorkspace, call: KeptCall, path: string | undefined) => void;
  /** Content of a file before a call; null when there was none, undefined when that state was not kept. */
  readonly contentBefore: (
    ref: WorkspaceRef,
    callId: string,
    path: string,
  ) => Promise<Buffer | null | undefined>;
  /** Says that a call that may change the workspace begins: no bundle is begun until it has ended. */
  readonly holdBundle: (ref: WorkspaceRef) => void;
  /** Says that the workspace of a run may have changed, or that the run waits: it is put into a bundle soon. */
  readonly bundleSoon: (runId: RunId) => void;
  /** Everything that changed since the workspace was made. Ignored files are left out, by the rules at that time. */
  readonly diff: (ref: WorkspaceRef) => Promise<WorkspaceDiff>;
  /** Paths that are not as the run found them, ignored ones among them; sorted. */
  readonly changedFiles: (workspace: OpenWorkspace) => Promise<readonly string[]>;
  /**
   * Takes the patch of a diff over into a folder of a person, all of it or nothing.
   * @throws {HoldfastError} conflict naming each file in `details.files`; the folder is as before then.
   */
  readonly apply: (patch: Uint8Array, target: string) => Promise<AppliedPatch>;
  /** Ids of the workspaces of this host. */
  readonly list: () => Promise<readonly string[]>;
  /** Deletes the workspace and its history. Does nothing when it is gone. */
  readonly remove: (ref: WorkspaceRef) => Promise<void>;
  /** True when the workspace of a run was made on this host. */
  readonly has: (runId: RunId) => Promise<boolean>;
  /** Deletes what was made for a run that did not come about. */
  readonly discard: (runId: RunId) => Promise<void>;
  /** Ends what is done in the background. */
  readonly close: () => void;
}

/** Our configuration of git, in the folder of all workspaces: every user of the machine may read it there. */
export function gitConfigurationFile(root: string): string {
  return join(root, 'git-configuration');
}

/** What workspaces are made of. */
export interface WorkspacesOptions {
  /** Folder of all workspaces, absolute, without symbolic links; made when it does not exist. */
  readonly root: string;
  readonly hostName: string;
  /** Chooses the user that owns a run's files. Not asked when the worker is not root: then it is the worker's own. */
  readonly allocateUid: (runId: RunId) => number;
  /** The data folder: no source may lie in it or hold it. */
  readonly dataFolder: string;
  /** PATH for git and the core utilities. */
  readonly searchPath: string;
  readonly gitSlots: Slots;
  readonly limits?: Partial<SourceLimits>;
  /** Files that are put into every new workspace and are no part of what a run makes. */
  readonly planted?: readonly PlantedFile[];
  /** Puts workspaces into bundles and restores them; absent: a workspace that is gone stays lost. */
  readonly bundles?: BundleOptions;
}

/** Makes the workspaces of one host. */
export async function createWorkspaces(options: WorkspacesOptions): Promise<Workspaces> {
  const { root, hostName, searchPath } = options;
  const git = await prepareRoot(options);
  const folderOf = (ref: WorkspaceRef): string => {
    // The id comes from a run's history; only names that we make lead anywhere.
    if (!/^[A-Za-z0-9_-]+$/.test(ref.id)) throw lost(ref);
    return join(root, ref.id);
  };
  const checkpoints = new Checkpoints();
  const safe = await safekeepingOf(options, checkpoints);
  const open = async (ref: WorkspaceRef): Promise<OpenWorkspace> => {
    const tree = join(folderOf(ref), treeName);
    if (safe === undefined && ref.host !== hostName) throw lost(ref);
    const isTrusted = safe?.isTrusted(ref.id) ?? true;
    const found = isTrusted ? await ownedFolder(tree) : undefined;
    if (found !== undefined) return found;
    await safe?.ensure(ref);
    const ensured = await ownedFolder(tree);
    if (ensured === undefined) throw lost(ref);
    return ensured;
  };
  const shadowBeside = (workspace: OpenWorkspace): Shadow => ({
    git,
    folder: join(dirname(workspace.root), shadowName),
    workspace,
  });
  const shadowOf = async (ref: WorkspaceRef): Promise<Shadow> => shadowBeside(await open(ref));
  const refOf = (runId: RunId): WorkspaceRef => ({ id: workspaceIdOf(runId), host: hostName });
  const isThere = async (ref: WorkspaceRef): Promise<boolean> =>
    (await lstat(folderOf(ref)).catch(() => undefined)) !== undefined;
  /** The workspace of a run, made when it does not exist. */
  const made = async (runId: RunId, make: () => Promise<void>): Promise<WorkspaceRef> => {
    const ref = refOf(runId);
    if (await isThere(ref)) return ref;
    await make();
    checkpoints.isNew(ref.id);
    await safe?.isNew(ref.id);
    return ref;
  };
  return {
    create: async (runId, source) =>
      made(runId, async () => makeWorkspace({ ...options, git, runId, source })),
    fork: async (runId, source, fork) =>
      made(runId, async () => {
        await checkpoints.settled(source.id);
        const from = await shadowOf(source);
        const { uid } = await lstat(root);
        const own = uid === 0 && from.workspace.uid !== 0 ? options.allocateUid(runId) : undefined;
        await forkWorkspace({ root, git, runId, uid: own }, from, fork);
      }),
    keepBefore: async (workspace, call) =>
      checkpoints.before(idOf(workspace), shadowBeside(workspace), call),
    keepAfter: (workspace, call, path) => {
      const file = async () => (path === undefined ? undefined : oneFile(workspace, path));
      checkpoints.after(idOf(workspace), shadowBeside(workspace), { ...call, file });
    },
    contentBefore: async (ref, callId, path) => {
      await checkpoints.settled(ref.id);
      return contentBefore(await shadowOf(ref), callId, path);
    },
    holdBundle: (ref) => safe?.hold(ref.id),
    bundleSoon: (runId) => safe?.soon(runId),
    open,
    diff: async (ref) => shadowDiff(await shadowOf(ref)),
    changedFiles: async (workspace) => {
      await checkpoints.settled(idOf(workspace));
      return changedFiles(shadowBeside(workspace));
    },
    apply: (patch, target) => applyPatch({ git, target, patch, scratch: root }),
    list: async () => {
      const entries = await readdir(root, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    },
    remove: (ref) => removeTree({ searchPath }, folderOf(ref)),
    has: async (runId) => isThere(refOf(runId)),
    discard: (runId) => removeTree({ searchPath }, folderOf(refOf(runId))),
    close: () => safe?.close(),
  };
}

async function ownedFolder(root: string): Promise<OpenWorkspace | undefined> {
  const stats = await lstat(root).catch(() => undefined);
  return stats?.isDirectory() === true ? { root, uid: stats.uid, gid: stats.gid } : undefined;
}

function idOf({ root }: OpenWorkspace): string {
  return basename(dirname(root));
}

/** The file as it stands there; undefined when it is no plain one, so that the whole tree is looked at. */
async function oneFile({ root }: OpenWorkspace, path: string): Promise<OneFile | undefined> {
  return withPlace(root, path, async (place) => {
    if (place.kind !== 'file' || place.path !== path) return undefined;
    const content = await readWhole(place, maxWritableBytes);
    const { mode } = await lstat(join(root, path));
    return { path, content, isExecutable: (mode & 0o100) !== 0 };
  }).catch(() => undefined);
}

async function prepareRoot({ root, searchPath, gitSlots }: WorkspacesOptions): Promise<GitProgram> {
  await mkdir(root, { recursive: true });
  // Sandboxed processes have users of their own, which pass through here to their own workspace.
  await chmod(root, 0o711);
  const configurationFile = gitConfigurationFile(root);
  await writeFile(configurationFile, gitConfiguration, { mode: 0o644 });
  return { searchPath, configurationFile, slots: gitSlots };
}

function lost(ref: WorkspaceRef): HoldfastError {
  return new HoldfastError('workspace_lost', `the workspace ${ref.id} of host ${ref.host} is gone`);
}
