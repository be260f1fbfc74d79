import { resolve } from 'node:path';

import { cachedCatalog } from '../../../activities/playbooks/inspect.ts';
import type { PlaybookCatalog } from '../../../domain/playbooks/playbook-entry.ts';
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
