import { withPlace } from '../../workspace/files/paths.ts';
import { requirePreparedPlace } from '../preparations.ts';
import { ToolError, type PerformContext } from '../tool.ts';

/**
 * Resolves the folder of a command again and refuses another one than was judged.
 * @throws {ToolError} conflict or not_found; nothing ran.
 */
export function requirePreparedFolder(path: string, context: PerformContext): Promise<string> {
  return withPlace(context.workspace.root, path, async (place) => {
    requirePreparedPlace(place, context.preconditions);
    if (place.kind === 'folder') return place.path;
    throw new ToolError('not_found', `${path} is not a folder of the workspace`);
  });
}
