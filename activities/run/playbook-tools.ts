import type { PinnedDefinitions } from '../../domain/run/pinned-definitions.ts';
import { hasPlaybook } from '../tools/playbooks/has-playbook.ts';
import type { OpenWorkspace } from '../tools/tool.ts';

const lookingTools = ['find_playbook', 'lint_playbook'];

/**
 * Adds the tools for playbooks to a specialist that has none where the workspace has a playbook, so that all other runs
 * spend no tokens on them. Who may write files gets the one that writes as well.
 */
export async function withPlaybookTools(
  definitions: PinnedDefinitions,
  workspace: OpenWorkspace,
): Promise<PinnedDefinitions> {
  const { specialist } = definitions;
  const { tools } = specialist;
  if (tools.includes('find_playbook') || !(await hasPlaybook(workspace))) return definitions;
  const added = tools.includes('write_file')
    ? [...lookingTools, 'scaffold_playbook']
    : lookingTools;
  // Where a person is asked is behind everything that works.
  const end = tools.indexOf('ask_person');
  const at = end === -1 ? tools.length : end;
  const offered = [...tools.slice(0, at), ...added, ...tools.slice(at)];
  return { ...definitions, specialist: { ...specialist, tools: offered } };
}
