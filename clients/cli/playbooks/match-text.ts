import type { PlaybookMatch } from '../../../domain/playbooks/match-playbook.ts';
import type { RequestVariables } from '../../../domain/playbooks/request-variables.ts';
import { renderKeyValues, renderTable } from '../output/table.ts';

/** A match as people read it, with what the request says about its variables. */
export function matchText(
  { method, playbook, alternatives, scoredBy }: PlaybookMatch,
  variables: RequestVariables | undefined,
  width: number,
): string {
  const first =
    playbook === undefined
      ? 'no match\n'
      : `${playbook.path}: ${playbook.description} (${method})\n`;
  const said = variables === undefined ? '' : variablesText(variables, width);
  if (alternatives.length === 0) return `${first}${said}`;
  const table = renderTable(
    {
      columns: [
        { title: 'alternative' },
        { title: 'service' },
        { title: scoredBy === 'words' ? 'words' : 'meaning', align: 'right' },
        { title: 'description', shrinksTo: 20 },
      ],
      rows: alternatives.map(({ path, service, score, description }) => [
        path,
        service,
        score.toFixed(3),
        description,
      ]),
    },
    width,
  );
  return `${first}${said}\n${table}`;
}

function variablesText(
  { found, limit, missing, problems }: RequestVariables,
  width: number,
): string {
  const pairs: (readonly [string, string])[] = [
    ...(limit === undefined ? [] : [['limit', limit] as const]),
    ...Object.entries(found).map(([name, value]) => [name, JSON.stringify(value)] as const),
    ...missing.map((name) => [name, 'missing'] as const),
    ...problems.map(
      ({ name, text, constraint }) => [name, `${text} does not fit: ${constraint}`] as const,
    ),
  ];
  return pairs.length === 0 ? '' : `\n${renderKeyValues(pairs, width)}`;
}
