import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { applyPatch } from './apply-patch.ts';
import { gitConfiguration } from './git/git-program.ts';
import { createSlots } from './git/slots.ts';

export { createManifestReader } from './files/read-manifest.ts';

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
 * Takes a patch over into a folder, all of it or nothing, and names the files.
 *
 * @throws {HoldfastError} conflict naming each file in `details.files`; the folder is as before then.
 */
export async function applyPatchTo(request: PatchForFolder): Promise<readonly string[]> {
  const { target, patch, scratch, searchPath } = request;
  // The owner of the target reads them, who may be another user than ours.
  await chmod(scratch, 0o755);
  const configurationFile = join(scratch, 'gitconfig');
  await writeFile(configurationFile, gitConfiguration, { mode: 0o644 });
  const git = { searchPath, configurationFile, slots: createSlots(1) };
  const { files } = await applyPatch({ git, target, patch, scratch });
  return files;
}
