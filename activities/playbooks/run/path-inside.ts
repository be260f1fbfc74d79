import { realpathSync } from 'node:fs';
import { join, sep } from 'node:path';

import { HoldfastError } from '../../../domain/failures.ts';

/**
 * Resolves a path of a repository, links and all.
 * @throws {HoldfastError} not_found; access_denied when it leads out of the repository.
 */
export function pathInside(repository: string, path: string): string {
  const root = realpathSync(repository);
  let real: string;
  try {
    real = realpathSync(join(root, path));
  } catch {
    throw new HoldfastError('not_found', `there is no ${path} in the repository`);
  }
  if (real === root || real.startsWith(`${root}${sep}`)) return real;
  throw new HoldfastError('access_denied', `${path} lies outside of the repository`);
}
