import { HoldfastError } from '../../../domain/failures.ts';
import { identityOf } from '../../playbooks/catalog/repository-identity.ts';
import { readFolder } from '../../playbooks/catalog/repository-files.ts';
import { withPlace } from '../../workspace/files/paths.ts';
import { readWhole } from '../../workspace/files/read-file.ts';
import { gitEnvironment, gitSettings, type GitTools } from '../git/git-settings.ts';
import { look } from '../sandboxed-command.ts';
import { ToolError, type OpenWorkspace, type ToolContext } from '../tool.ts';

/** A playbook of this size is none. Bytes. */
const largestFileBytes = 1024 ** 2;

/**
 * The YAML files of a workspace as they are now, by path.
 * @throws {ToolError} payload_too_large when there are too many.
 */
export function workspaceYaml({ root }: OpenWorkspace): Promise<ReadonlyMap<string, string>> {
  // SAFETY: files may be swapped for links by a process of the run, so each is opened the one safe way.
  return asToolError(async () => readFolder(root, readSafely));
}

/** Reads a plain file of a workspace that is no link; undefined for anything else. */
export async function readSafely(root: string, path: string): Promise<Buffer | undefined> {
  try {
    return await withPlace(root, path, async (place) =>
      place.kind === 'file' && place.path === path ? readWhole(place, largestFileBytes) : undefined,
    );
  } catch (error) {
    if (error instanceof ToolError) return undefined;
    throw error;
  }
}

/** What the repository of a workspace is known by; undefined when it has no commit. */
export async function workspaceIdentity(
  { runner, gitSlots }: GitTools,
  context: ToolContext,
): Promise<string | undefined> {
  const settings = gitSettings.flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const argv = ['git', ...settings, 'rev-list', '--max-parents=0', 'HEAD'];
  const { exitCode, output } = await gitSlots(async () =>
    look(runner, { argv, environment: gitEnvironment }, context),
  );
  return exitCode === 0 ? identityOf(output.stdout, '') : undefined;
}

/** What cannot be done is an answer to the model. */
export async function asToolError<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    const { code, message, suggestion } = error;
    throw new ToolError(code, suggestion === undefined ? message : `${message}; ${suggestion}`);
  }
}
