import type { LocalWorkspace } from '../../../activities/workspace/inspect.ts';
import type { CommandContext } from '../command-context.ts';

/** The files of a run as the person at this machine may open them. */
export function localWorkspace(
  { home, environment }: CommandContext,
  workspace: LocalWorkspace['workspace'],
): LocalWorkspace {
  return { home, searchPath: environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', workspace };
}
