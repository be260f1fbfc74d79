import { basename } from 'node:path';

/** The project of a run that names none: the name of its folder as far as it can be one, else `default`. */
export function projectOf(workspace: string | undefined): string {
  const name = basename(workspace ?? '')
    .replaceAll(/[^A-Za-z0-9._:-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64);
  return name === '' ? 'default' : name;
}
