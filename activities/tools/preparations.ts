import { z } from 'zod';

import type { Json } from '../../domain/json.ts';
import type { Access } from '../../domain/tools/access.ts';
import type { CallFacts, PathFact } from '../../domain/tools/facts.ts';
import type { Place } from '../workspace/files/paths.ts';
import { ToolError } from './tool.ts';

/** Facts of a call that touches paths and nothing else. */
export function pathFacts(access: Access, paths: readonly PathFact[]): CallFacts {
  return { access, paths, commands: [], hosts: [], unresolved: [] };
}

/** Facts of a call that touches nothing. */
export function noFacts(access: Access): CallFacts {
  return pathFacts(access, []);
}

const pathPrecondition = z.object({ path: z.string() });

/**
 * Refuses a place that is not the one which was judged: links may have been changed since the call was prepared.
 * @throws {ToolError} conflict
 */
export function requirePreparedPlace(place: Place, preconditions: Json): void {
  const { path } = pathPrecondition.parse(preconditions);
  if (path === place.path) return;
  throw new ToolError(
    'conflict',
    `the path led to ${path} when this call was prepared and leads to ${place.path} now; nothing was done`,
  );
}
