import { z } from 'zod';

import type { LintReport } from '../../../domain/playbooks/lint-suggestions.ts';
import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { withPlace } from '../../workspace/files/paths.ts';
import { pathSchema } from '../argument-schemas.ts';
import { pathFacts, requirePreparedPlace } from '../preparations.ts';
import { ToolError, type Tool } from '../tool.ts';
import type { PlaybookSources } from './playbook-sources.ts';
import { asToolError, workspaceYaml } from './workspace-playbooks.ts';

const schema = z.strictObject({
  playbook: pathSchema.describe('Playbook to check, relative to the workspace.'),
});

type LintPlaybookArguments = z.infer<typeof schema>;

/** Checks a playbook of the workspace as it is now. */
export function createLintPlaybookTool(
  sources: Pick<PlaybookSources, 'lint'>,
): Tool<LintPlaybookArguments> {
  return {
    name: 'lint_playbook',
    version: 1,
    access: 'read',
    description:
      'Checks an Ansible playbook and its roles against the production profile of ansible-lint, and says for each finding where it is, how serious, and why the rule is there.',
    schema,
    prepare: ({ playbook }, { workspace }) =>
      withPlace(workspace.root, playbook, async (place) => {
        if (place.kind !== 'file')
          throw new ToolError('not_found', `there is no playbook ${place.path}`);
        return {
          facts: pathFacts('read', [{ path: place.path, operation: 'read' }]),
          preconditions: { path: place.path },
          preview: previewOf(`check ${place.path}`),
          detail: '',
        };
      }),
    perform: async ({ playbook }, { workspace, preconditions }) => {
      const path = await withPlace(workspace.root, playbook, async (place) => {
        requirePreparedPlace(place, preconditions);
        return place.path;
      });
      const files = await workspaceYaml(workspace);
      const report = await asToolError(async () => sources.lint(files, path));
      return { status: 'ok', text: reportText(report), progress: false };
    },
  };
}

function reportText({ total, suggestions }: LintReport): string {
  if (total === 0) return 'nothing found';
  const lines = suggestions.map(
    ({ severity, file, line, ruleId, category, message, reasoning }) =>
      `${severity} ${file}:${line} ${ruleId} (${category}): ${message}\n  why: ${reasoning}`,
  );
  const cut = total > suggestions.length ? `the ${suggestions.length} most serious of ` : '';
  return `${cut}${total} found\n${lines.join('\n')}`;
}
