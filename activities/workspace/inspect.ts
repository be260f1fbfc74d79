import { chmod, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { HoldfastError } from '../../domain/failures.ts';
import { ToolError } from '../tools/tool.ts';
import type { WorkspaceRef } from '../../domain/run/run-input.ts';
import { applyPatch, type AppliedPatch, checkPatch, type PatchToApply } from './apply-patch.ts';
import { gitConfiguration } from './git/git-program.ts';
import { createSlots, gitProcesses } from './git/slots.ts';
import type { WorkspaceDiff } from './git/shadow.ts';
import { diffWorkspace, foldStates, restoreWorkspace } from './restore-workspace.ts';
import { gitConfigurationFile } from './workspaces.ts';

import { withPlace } from './files/paths.ts';

export { createManifestReader } from './files/read-manifest.ts';

/**
 * Makes what says where a path leads in a folder, as the file tools see it: links followed, relative to the folder.
 *
 * @throws {HoldfastError} access_denied for a path that leads out of the folder, not_found where one goes through a file.
 */
export function createPathResolver(root: string): (path: string) => Promise<string> {
  return async (path) => {
    try {
      return await withPlace(root, path, async (place) => place.path);
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      throw new HoldfastError(error.code, `the tool itself refuses this: ${error.message}`, {
        cause: error,
      });
    }
  };
}

/** What clients may do with the patch of a run: take it over into a folder of the person who asks for it. */
export interface PatchForFolder {
  /** Absolute. */
  readonly target: string;
  readonly patch: Uint8Array;
  /** Existing folder for temporary files, owned by the caller. */
  readonly scratch: string;
  /** PATH on which `git` and the core utilities are found. */
  readonly searchPath: string;
}

/**
 * Takes a patch over into a folder, all of it or nothing. A folder that has all of it already stays as it is.
 *
 * @throws {HoldfastError} conflict naming each file in `details.files`; the folder is as before then.
 */
export async function applyPatchTo(request: PatchForFolder): Promise<AppliedPatch> {
  return applyPatch(await patchToApply(request));
}

/**
 * Says what {@link applyPatchTo} would do, and changes nothing.
 *
 * @throws {HoldfastError} conflict naming each file in `details.files`.
 */
export async function checkPatchFor(request: PatchForFolder): Promise<AppliedPatch> {
  return checkPatch(await patchToApply(request));
}

/** The workspace of a run on this machine. */
export interface LocalWorkspace {
  /** The data folder. */
  readonly home: string;
  readonly searchPath: string;
  readonly workspace: WorkspaceRef;
}

/**
 * What a person may do with the files of a run that does nothing at the moment; see {@link restoreWorkspace} and
 * {@link foldStates}.
 *
 * @throws {HoldfastError} workspace_lost when they are on another machine.
 */
export function openWorkspaceOf({ home, searchPath, workspace }: LocalWorkspace): {
  readonly restore: (to: 'first' | 'last') => Promise<readonly string[]>;
  readonly fold: () => Promise<number>;
  /** Everything that changed since the workspace was made. Known secrets are not taken out of it. */
  readonly diff: () => Promise<WorkspaceDiff>;
} {
  const { id, host } = workspace;
  if (host !== hostname() || !/^[A-Za-z0-9_-]+$/.test(id)) {
    throw new HoldfastError('workspace_lost', `the workspace ${id} is on host ${host}`);
  }
  const root = join(home, 'workspaces');
  const git = {
    searchPath,
    configurationFile: gitConfigurationFile(root),
    slots: createSlots(gitProcesses),
  };
  const quiet = { git, folder: join(root, id) };
  return {
    restore: async (to) => restoreWorkspace(quiet, to),
    fold: async () => foldStates(quiet),
    diff: async () => diffWorkspace(quiet),
  };
}

async function patchToApply(request: PatchForFolder): Promise<PatchToApply> {
  const { target, patch, scratch, searchPath } = request;
  // The owner of the target reads them, who may be another user than ours.
  await chmod(scratch, 0o755);
  const configurationFile = join(scratch, 'gitconfig');
  await writeFile(configurationFile, gitConfiguration, { mode: 0o644 });
  const git = { searchPath, configurationFile, slots: createSlots(1) };
  return { git, target, patch, scratch };
}
