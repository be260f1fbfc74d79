import { chmodSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { HoldfastError } from '../../domain/failures.ts';
import { homePaths, type HomePaths } from './home-paths.ts';
import { makeFolder } from './make-folder.ts';
import { errorCode } from './process-identity.ts';

/** Which data folder to make ready, and for whom. */
export interface HomeRequest {
  readonly home: string;
  /** Folder of programs got by set-up; inside `home` when undefined. */
  readonly cache: string | undefined;
  /** True when a part runs as another user, who must be able to enter. */
  readonly isShared: boolean;
}

/**
 * Makes the data folder ready: creates it and its sub-folders, and proves that it can be written.
 * A shared folder may be entered, not listed, by other users.
 * @throws {HoldfastError} unavailable when it cannot be created, written or is full.
 */
export function prepareHome({ home, cache, isShared }: HomeRequest): HomePaths {
  const paths = homePaths(home, cache);
  const entry = isShared ? 0o711 : 0o700;
  try {
    makeFolder(home, entry);
    if (isShared) chmodSync(home, statSync(home).mode | 0o711);
    for (const folder of [paths.cache, paths.postgres]) makeFolder(folder, entry);
    for (const folder of [paths.logs, paths.temporal]) makeFolder(folder, 0o700);
    const probe = join(home, '.write-test');
    writeFileSync(probe, 'holdfast writes here\n');
    rmSync(probe);
  } catch (error) {
    throw folderFailure(home, error);
  }
  return paths;
}

/** The nearest folder above `path` (itself included) that users other than its owner may not enter; undefined when none. */
export function closedParent(
  path: string,
): { readonly path: string; readonly mode: string } | undefined {
  for (let folder = path; ; folder = dirname(folder)) {
    const mode = statSync(folder, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined && (mode & 0o001) === 0) {
      return { path: folder, mode: (mode & 0o777).toString(8).padStart(4, '0') };
    }
    if (folder === dirname(folder)) return undefined;
  }
}

function folderFailure(home: string, cause: unknown): HoldfastError {
  const code = errorCode(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new HoldfastError('unavailable', `the disk of the data folder ${home} is full`, {
      suggestion: 'free space there, or set HOLDFAST_HOME to a folder on another disk',
      cause,
    });
  }
  return new HoldfastError(
    'unavailable',
    `the data folder ${home} cannot be written (${code ?? 'unknown error'})`,
    {
      suggestion: 'mend its owner or mode, or set HOLDFAST_HOME to a folder that you may write',
      cause,
    },
  );
}
