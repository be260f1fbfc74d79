import { z } from 'zod';

import type { PlaybookEntry } from '../../../domain/playbooks/playbook-entry.ts';
import { requestVariables } from '../../../domain/playbooks/request-variables.ts';
import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { catalogOf } from '../../playbooks/catalog/read-catalog.ts';
import { findPlaybook } from '../../playbooks/match/find-playbook.ts';
import { indexWords } from '../../playbooks/match/word-index.ts';
import { textSchema } from '../argument-schemas.ts';
import type { GitTools } from '../git/git-settings.ts';
import { pathFacts } from '../preparations.ts';
import type { Tool } from '../tool.ts';
import type { PlaybookSources } from './playbook-sources.ts';
import { workspaceIdentity, workspaceYaml } from './workspace-playbooks.ts';

const schema = z.strictObject({
  request: textSchema(2_000)
    .min(1)
    .describe(
      'What is wanted, in the words of the person, with values: deploy the portal on host h2 with port 8081.',
    ),
});

type FindPlaybookArguments = z.infer<typeof schema>;

/** Finds the playbook of the workspace that a request is for, and what the request says about its variables. */
export function createFindPlaybookTool(
  git: GitTools,
  sources: PlaybookSources,
): Tool<FindPlaybookArguments> {
  return {
    name: 'find_playbook',
    version: 1,
    access: 'read',
    description:
      'Finds the Ansible playbook of the workspace that a request is for, never by guessing: its hosts, roles and variables, the values that the request gives, required ones that are missing, or why there is no match and what comes near.',
    schema,
    prepare: async ({ request }) => ({
      facts: pathFacts('read', [{ path: '.', operation: 'read' }]),
      preconditions: null,
      preview: previewOf(`find a playbook for: ${request}`),
      detail: '',
    }),
    perform: async ({ request }, context) => {
      const { playbooks, warnings } = catalogOf({ files: await workspaceYaml(context.workspace) });
      const tenant = context.callId.split('/')[1] ?? '';
      const repository = () => workspaceIdentity(git, context);
      const tiers = sources.tiers({ tenant, repository });
      const { playbook, ...match } = await findPlaybook(request, indexWords(playbooks), tiers);
      const found =
        playbook === undefined
          ? {}
          : { playbook: shownEntry(playbook), variables: requestVariables(request, playbook) };
      const broken = warnings.map(({ path, line, message }) => `${path}:${line}: ${message}`);
      const answer = {
        ...match,
        ...found,
        playbooks: playbooks.length,
        ...(broken.length === 0 ? {} : { unreadable: broken.slice(0, mostWarnings) }),
      };
      return { status: 'ok', text: JSON.stringify(answer, undefined, 1), progress: false };
    },
  };
}

const mostWarnings = 10;

/** Without what the rest says already. */
function shownEntry(entry: PlaybookEntry): Partial<PlaybookEntry> {
  const said = new Set(['filename', 'requiredVars']);
  return Object.fromEntries(Object.entries(entry).filter(([key]) => !said.has(key)));
}
