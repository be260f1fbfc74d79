import { HoldfastError } from '../../../domain/failures.ts';
import { matchPlaybook, type PlaybookMatch } from '../../../domain/playbooks/match-playbook.ts';
import type { CommandContext } from '../command-context.ts';
import { renderTable } from '../output/table.ts';
import { openCatalog, type RepositoryOptions } from './open-catalog.ts';

const longestRequest = 2_000;

/** Says which playbook a request is for. Exit code 3 when none fits. */
export async function matchRequest(
  context: CommandContext,
  request: string,
  options: RepositoryOptions,
): Promise<void> {
  if (request.length > longestRequest) {
    throw new HoldfastError(
      'invalid_argument',
      `a request is at most ${longestRequest} characters long`,
    );
  }
  const { playbooks, commit } = await openCatalog(context, options);
  const match = matchPlaybook(request, playbooks);
  context.output.result({ ...match, ...(commit === undefined ? {} : { commit }) }, () =>
    matchText(match, context.output.width()),
  );
  if (match.suggestion !== undefined) context.output.hint(match.suggestion);
  if (match.method === 'none') context.setExitCode(3);
}

function matchText({ playbook, alternatives }: PlaybookMatch, width: number): string {
  const first =
    playbook === undefined ? 'no match\n' : `${playbook.path}: ${playbook.description} (exact)\n`;
  if (alternatives.length === 0) return first;
  const table = renderTable(
    {
      columns: [
        { title: 'alternative' },
        { title: 'service' },
        { title: 'words', align: 'right' },
        { title: 'description', shrinksTo: 20 },
      ],
      rows: alternatives.map(({ path, service, score, description }) => [
        path,
        service,
        `${Math.round(score * 100)} %`,
        description,
      ]),
    },
    width,
  );
  return `${first}\n${table}`;
}
