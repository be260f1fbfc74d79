import { z } from 'zod';

import type { ScaffoldFile } from '../../../domain/playbooks/scaffold.ts';
import { hashBytes } from '../../../storage/hashing.ts';
import { withPlace } from '../../workspace/files/paths.ts';
import { readWhole } from '../../workspace/files/read-file.ts';
import { removeFile } from '../../workspace/files/remove-file.ts';
import { maxWritableBytes, replaceFile } from '../../workspace/files/replace-file.ts';
import { ToolError, type OpenWorkspace, type PerformContext } from '../tool.ts';

/** What is recorded before files are made: each that was not there, with the hash it will have, and those that are kept. */
export const madeFilesSchema = z.object({
  made: z.array(z.object({ path: z.string(), after: z.string() })),
  kept: z.array(z.string()),
});

type MadeFiles = z.infer<typeof madeFilesSchema>;

/** How the files of a call stand: as before it, as after it, in the middle, or neither. */
export type MadeState = 'none' | 'all' | 'some' | 'other';

/**
 * Which of the files would be made, and which are there already.
 * @throws {ToolError} access_denied for a path that leads out of the workspace or through a link to another place.
 */
export async function plannedFiles(
  { root }: OpenWorkspace,
  files: readonly ScaffoldFile[],
): Promise<MadeFiles> {
  const made: MadeFiles['made'] = [];
  const kept: string[] = [];
  for (const { path, text } of files) {
    const isThere = await withPlace(root, path, async (place) => {
      if (place.path !== path)
        throw new ToolError('access_denied', `${path} leads to ${place.path}; nothing is written`);
      return place.kind !== 'missing';
    });
    if (isThere) kept.push(path);
    else made.push({ path, after: hashBytes(Buffer.from(text)) });
  }
  return { made, kept };
}

/**
 * Makes each file that is not there yet; one that is there with the same content was made by an attempt before.
 * @throws {ToolError} conflict when another file came in its place; those before it are made then.
 */
export async function makeFiles(
  files: readonly ScaffoldFile[],
  { made }: MadeFiles,
  { workspace, callId }: PerformContext,
): Promise<void> {
  for (const { path, after } of made) {
    const content = Buffer.from(files.find((file) => file.path === path)?.text ?? '');
    await withPlace(workspace.root, path, async (place) => {
      if (place.path !== path) throw new ToolError('conflict', `${path} leads elsewhere now`);
      if (place.kind === 'file' && hashBytes(await readWhole(place, maxWritableBytes)) === after)
        return;
      await replaceFile(place, { content, before: null, owner: workspace, callId });
    });
  }
}

/** Looks how the files of a call stand now. */
export async function stateOfFiles(
  { root }: OpenWorkspace,
  { made }: Pick<MadeFiles, 'made'>,
): Promise<MadeState> {
  const found: ('missing' | 'made' | 'other')[] = [];
  for (const { path, after } of made) {
    found.push(
      await withPlace(root, path, async (place) => {
        if (place.path !== path) return 'other';
        if (place.kind === 'missing') return 'missing';
        if (place.kind !== 'file') return 'other';
        return hashBytes(await readWhole(place, maxWritableBytes)) === after ? 'made' : 'other';
      }),
    );
  }
  if (found.includes('other')) return 'other';
  if (!found.includes('missing')) return 'all';
  return found.includes('made') ? 'some' : 'none';
}

/** Removes the files of a call that are there and as it left them; folders stay. */
export async function removeMade(
  { root }: OpenWorkspace,
  { made }: Pick<MadeFiles, 'made'>,
): Promise<void> {
  for (const { path, after } of made) {
    await withPlace(root, path, async (place) => {
      if (place.kind === 'missing') return;
      if (place.path !== path || place.kind !== 'file')
        throw new ToolError('conflict', `${path} is not any more as this effect left it`);
      await removeFile(place, after);
    });
  }
}
