import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { PlaybookCatalog } from '../../../domain/playbooks/playbook-entry.ts';
import { readCatalog } from './read-catalog.ts';
import { commitOf, type RepositoryPlace } from './repository-files.ts';

/** Changes when what is found in the same files changes. */
const formatVersion = 2;

/** Where a catalog is read from, and where it is kept. */
export interface CatalogPlace extends RepositoryPlace {
  /** Folder for what can be made anew. */
  readonly cache: string;
}

/**
 * The catalog of a repository, fresh for its commit: what was read at the same commit before is not read again. A
 * folder without commits is always read.
 * @throws {HoldfastError} as `readCatalog`.
 */
export async function cachedCatalog(place: CatalogPlace): Promise<PlaybookCatalog> {
  const commit = await commitOf(place);
  if (commit === undefined) return readCatalog(place);
  const key = createHash('sha256')
    .update(`${formatVersion}\0${place.folder}\0${commit}`)
    .digest('hex');
  const file = join(place.cache, 'playbooks', `${key.slice(0, 32)}.json`);
  const kept = readKept(file);
  if (kept?.commit === commit) return kept;
  const catalog = await readCatalog(place);
  keep(file, catalog);
  return catalog;
}

function readKept(file: string): PlaybookCatalog | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function keep(file: string, catalog: PlaybookCatalog): void {
  const whole = `${file}.${randomUUID()}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(whole, JSON.stringify(catalog));
    renameSync(whole, file);
  } catch {
    // The cache may be somebody else's, or full: then it is read again next time.
  }
}
