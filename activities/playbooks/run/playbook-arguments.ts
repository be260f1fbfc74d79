import type { PlaybookRequest } from '../../../domain/playbooks/playbook-request-schema.ts';

/** What `ansible-playbook` is given besides the request; paths as the command sees them. */
export interface ArgumentPaths {
  readonly inventories: readonly string[];
  /** JSON with the extra variables; absent when there are none. */
  readonly extraVars?: string;
  /** By vault id: files that hold the password. */
  readonly vaults: Readonly<Record<string, string>>;
}

/** Writes a request as the arguments of `ansible-playbook`. Differences are always shown. Pure. */
export function playbookArguments(
  request: PlaybookRequest,
  paths: ArgumentPaths,
): readonly string[] {
  const { limit, tags, skipTags, forks, startAtTask } = request;
  return [
    'ansible-playbook',
    '--diff',
    ...(request.check === true ? ['--check'] : []),
    ...(request.become === true ? ['--become'] : []),
    ...paths.inventories.flatMap((path) => ['--inventory', path]),
    ...(limit === undefined ? [] : ['--limit', limit]),
    ...(tags === undefined || tags.length === 0 ? [] : ['--tags', tags.join(',')]),
    ...(skipTags === undefined || skipTags.length === 0 ? [] : ['--skip-tags', skipTags.join(',')]),
    ...(forks === undefined ? [] : ['--forks', String(forks)]),
    ...(startAtTask === undefined ? [] : ['--start-at-task', startAtTask]),
    ...(paths.extraVars === undefined ? [] : ['--extra-vars', `@${paths.extraVars}`]),
    ...Object.entries(paths.vaults).flatMap(([id, path]) => ['--vault-id', `${id}@${path}`]),
    request.playbook,
  ];
}
