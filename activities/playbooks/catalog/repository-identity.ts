import { hashText } from '../../../storage/hashing.ts';
import { git, type RepositoryPlace } from './repository-files.ts';

/**
 * What a repository is known by wherever it is cloned or copied to: its first commits and the folder in it. Undefined for
 * a folder without commits.
 */
export async function repositoryIdentity(place: RepositoryPlace): Promise<string | undefined> {
  const [roots, prefix] = await Promise.all([
    git(place, ['rev-list', '--max-parents=0', 'HEAD']),
    git(place, ['rev-parse', '--show-prefix']),
  ]);
  if (roots.exitCode !== 0) return undefined;
  return identityOf(roots.stdout.toString('utf8'), prefix.stdout.toString('utf8'));
}

/** The same of what git printed: commits without parents, one a line, and the folder in the repository. */
export function identityOf(firstCommits: string, folder: string): string | undefined {
  const commits = firstCommits.split('\n').filter((line) => line !== '');
  return commits.length === 0
    ? undefined
    : hashText(`${commits.toSorted().join('\n')}\0${folder.trim()}`);
}
