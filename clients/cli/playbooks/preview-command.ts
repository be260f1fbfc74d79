import type { Json } from '../../../domain/json.ts';
import type { RequestVariables } from '../../../domain/playbooks/request-variables.ts';
import type { RepositoryOptions } from './open-catalog.ts';

/** The command that previews a playbook with what a request says; what is missing is left to be filled in. */
export function previewCommand(
  path: string,
  { found, limit, missing }: RequestVariables,
  { repository }: RepositoryOptions,
): string {
  const words = [
    ...(repository === '.' ? [] : ['--repository', quoted(repository)]),
    ...(limit === undefined ? [] : ['--limit', quoted(limit)]),
    ...Object.entries(found).flatMap(([name, value]) => [
      '--var',
      quoted(`${name}=${textOf(value)}`),
    ]),
    ...missing.flatMap((name) => ['--var', `${name}=...`]),
  ];
  return ['holdfast playbooks preview', quoted(path), ...words].join(' ');
}

/** As `--var` takes it: text, or JSON where it begins with a bracket. */
function textOf(value: Json): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

/** One word of a POSIX shell. */
function quoted(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
