import { readdir, type FileHandle } from 'node:fs/promises';

import { z } from 'zod';

import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { openFolderAt, pathAt, readLinkAt, statAt } from '../../workspace/files/open-at.ts';
import { withPlace, type Place } from '../../workspace/files/paths.ts';
import { pathSchema } from '../argument-schemas.ts';
import { pathFacts, requirePreparedPlace } from '../preparations.ts';
import { ToolError, type Tool } from '../tool.ts';

/** Entries shown at most. */
const maxEntries = 1_000;

const schema = z.strictObject({
  path: pathSchema.default('.').describe('Folder to list, relative to the workspace.'),
  depth: z
    .int()
    .min(1)
    .max(6)
    .default(1)
    .describe('How many levels of folders to go down; 1 lists the folder alone.'),
});

/** Lists a folder: sizes of files, targets of links. Ignored and hidden entries are shown, `.git` is not opened. */
export const listFilesTool: Tool<z.infer<typeof schema>> = {
  name: 'list_files',
  version: 1,
  access: 'read',
  description:
    'Lists the entries of a folder, sorted by name, with the sizes of files. Folders end with a slash.',
  schema,
  prepare: ({ path, depth }, { workspace }) =>
    withPlace(workspace.root, path, async (place) => {
      requireFolder(place);
      return {
        facts: pathFacts('read', [{ path: place.path, operation: 'read' }]),
        preconditions: { path: place.path },
        preview: previewOf(`list ${place.path}${depth === 1 ? '' : `, ${depth} levels deep`}`),
        detail: '',
      };
    }),
  perform: ({ path, depth }, { workspace, preconditions, signal }) =>
    withPlace(workspace.root, path, async (place) => {
      requirePreparedPlace(place, preconditions);
      requireFolder(place);
      const lines: string[] = [];
      await list({ folder: place.folder, prefix: '', depth, lines, signal });
      return { status: 'ok', text: shown(lines), progress: false };
    }),
};

function requireFolder({ kind, path }: Place): void {
  if (kind === 'missing') throw new ToolError('not_found', `${path} does not exist`);
  if (kind !== 'folder') {
    throw new ToolError('validation_error', `${path} is a file; read it with read_file`);
  }
}

function shown(lines: readonly string[]): string {
  if (lines.length === 0) return '[the folder is empty]';
  if (lines.length <= maxEntries) return lines.join('\n');
  return `${lines.slice(0, maxEntries).join('\n')}\n[more entries are not shown: list a folder of these, or use find_files]`;
}

interface Listing {
  readonly folder: FileHandle;
  readonly prefix: string;
  readonly depth: number;
  readonly lines: string[];
  readonly signal: AbortSignal;
}

async function list({ folder, prefix, depth, lines, signal }: Listing): Promise<void> {
  signal.throwIfAborted();
  const names = (await readdir(pathAt(folder, '.'))).toSorted();
  for (const name of names) {
    if (lines.length > maxEntries) return;
    const path = `${prefix}${name}`;
    const stats = await statAt(folder, name);
    if (stats?.isDirectory() !== true) {
      lines.push(await describe(folder, name, path));
      continue;
    }
    lines.push(`${path}/`);
    if (depth === 1 || name === '.git') continue;
    await listBelow(folder, name, { prefix: `${path}/`, depth: depth - 1, lines, signal });
  }
}

async function listBelow(
  parent: FileHandle,
  name: string,
  listing: Omit<Listing, 'folder'>,
): Promise<void> {
  // A folder that cannot be opened, or is none any more, is listed and not entered.
  const folder = await openFolderAt(parent, name).catch(() => undefined);
  if (folder === undefined) return;
  try {
    await list({ ...listing, folder });
  } finally {
    await folder.close();
  }
}

async function describe(folder: FileHandle, name: string, path: string): Promise<string> {
  const stats = await statAt(folder, name);
  if (stats === undefined) return `${path} [gone, or its name is not UTF-8]`;
  if (stats.isSymbolicLink())
    return `${path} -> ${await readLinkAt(folder, name).catch(() => '?')}`;
  return stats.isFile() ? `${path} ${stats.size} bytes` : `${path} [FIFO, socket or device]`;
}
