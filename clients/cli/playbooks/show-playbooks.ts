import type { PlaybookEntry } from '../../../domain/playbooks/playbook-entry.ts';
import type { CommandContext } from '../command-context.ts';
import { renderKeyValues, renderTable } from '../output/table.ts';
import { findEntry, openCatalog, type RepositoryOptions } from './open-catalog.ts';

/** Lists the playbooks of a repository. */
export async function listPlaybooks(
  context: CommandContext,
  options: RepositoryOptions,
): Promise<void> {
  const catalog = await openCatalog(context, options);
  const rows = catalog.playbooks.map(({ path, service, hosts, requiredVars, description }) => [
    path,
    service,
    hosts.join(', '),
    requiredVars.join(', '),
    description,
  ]);
  context.output.result(catalog, () => {
    if (rows.length === 0) return 'no playbooks\n';
    const columns = [
      { title: 'playbook' },
      { title: 'service' },
      { title: 'hosts', leaves: 1 },
      { title: 'needs', leaves: 2 },
      { title: 'description', shrinksTo: 20 },
    ];
    return renderTable({ columns, rows }, context.output.width());
  });
}

/**
 * Prints one playbook.
 *
 * @throws {HoldfastError} not_found with the nearest path.
 */
export async function showPlaybook(
  context: CommandContext,
  path: string,
  options: RepositoryOptions,
): Promise<void> {
  const { playbooks, commit } = await openCatalog(context, options);
  const playbook = findEntry(playbooks, path);
  const width = context.output.width();
  context.output.result({ playbook, ...(commit === undefined ? {} : { commit }) }, () =>
    playbookText(playbook, commit, width),
  );
}

function playbookText(playbook: PlaybookEntry, commit: string | undefined, width: number): string {
  const { path, service, description, hosts, roles, tags, rollback, variables } = playbook;
  const pairs: readonly (readonly [string, string])[] = [
    ['playbook', path],
    ['service', service],
    ['description', description],
    ['commit', commit ?? 'none: as it is in the folder'],
    ['hosts', hosts.join(', ')],
    ['roles', roles.join(', ')],
    ['tags', tags.join(', ')],
    ['taken back by', rollback ?? ''],
    ['vaults', vaultsText(playbook)],
  ];
  const facts = renderKeyValues(
    pairs.filter(([, value]) => value !== ''),
    width,
  );
  if (variables.length === 0) return facts;
  const table = renderTable(
    {
      columns: [
        { title: 'variable' },
        { title: 'type' },
        { title: 'usual value', shrinksTo: 12 },
        { title: 'description', shrinksTo: 20, leaves: 1 },
      ],
      rows: variables.map((each) => [
        each.isRequired ? `${each.name} (required)` : each.name,
        each.type ?? '',
        each.default === undefined ? '' : JSON.stringify(each.default),
        each.description ?? '',
      ]),
    },
    width,
  );
  return `${facts}\n${table}`;
}

function vaultsText({ vaults = {} }: PlaybookEntry): string {
  const each = Object.entries(vaults).map(([id, name]) => `${id}: secret://${name}`);
  return each.join(', ');
}
