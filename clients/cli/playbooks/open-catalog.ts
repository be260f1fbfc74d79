import { resolve } from 'node:path';

import { cachedCatalog } from '../../../activities/playbooks/inspect.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import type { PlaybookCatalog, PlaybookEntry } from '../../../domain/playbooks/playbook-entry.ts';
import { nearestName } from '../../../domain/settings/nearest-name.ts';
import type { CommandContext } from '../command-context.ts';
import { homePaths } from '../instance/home-door.ts';

/** Options of every command about playbooks. */
export interface RepositoryOptions {
  /** As typed. */
  readonly repository: string;
}

/** The folder that the options name, absolute. */
export function repositoryFolder(
  { workingFolder }: CommandContext,
  { repository }: RepositoryOptions,
): string {
  return resolve(workingFolder, repository);
}

/** The catalog of the repository; files that are broken are named on standard error. */
export async function openCatalog(
  context: CommandContext,
  options: RepositoryOptions,
): Promise<PlaybookCatalog> {
  const catalog = await cachedCatalog({
    folder: repositoryFolder(context, options),
    searchPath: context.environment['PATH'] ?? '/usr/bin:/bin',
    cache: homePaths(context.home, context.environment['HOLDFAST_CACHE']).cache,
  });
  for (const { path, line, column, message } of catalog.warnings) {
    context.output.talk(`warning: ${path}:${line}:${column}: ${message}`);
  }
  return catalog;
}

/**
 * The playbook of a path.
 *
 * @throws {HoldfastError} not_found with the nearest path.
 */
export function findEntry(playbooks: readonly PlaybookEntry[], path: string): PlaybookEntry {
  const playbook = playbooks.find((entry) => entry.path === path);
  if (playbook !== undefined) return playbook;
  const near = nearestName(
    path,
    playbooks.map((entry) => entry.path),
  );
  throw new HoldfastError('not_found', `there is no playbook ${path}`, {
    suggestion:
      near === undefined ? 'see them with: holdfast playbooks list' : `did you mean ${near}?`,
  });
}
