import { copyFileSync, cpSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { HoldfastError } from '../../../domain/failures.ts';
import type { PlaybookRequest } from '../../../domain/playbooks/playbook-request-schema.ts';
import { insideUser } from '../../sandbox/launch/system-files.ts';
import { workspaceInside } from '../../sandbox/sandbox-command.ts';
import type { ArgumentPaths } from './playbook-arguments.ts';
import { pathInside } from './path-inside.ts';

const callback = fileURLToPath(new URL('../callback/holdfast_events.py', import.meta.url));
/** Keys, known hosts and inventories are small; what is larger beside an inventory does not belong to it. Bytes. */
const largestBesideBytes = 1024 ** 2;

/** A run folder as the command sees it: it is the home inside. */
export interface RunFolder {
  readonly paths: Omit<ArgumentPaths, 'vaults'>;
}

/** The file in a run folder that events are written to. */
export function eventsFile(folder: string): string {
  return join(folder, 'events.ndjson');
}

/**
 * Fills the folder of one run: callback plugin, extra variables, inventories from outside of the repository with the
 * plain files beside them.
 * @throws {HoldfastError} not_found, access_denied as `pathInside`.
 */
export function fillRunFolder(
  folder: string,
  repository: string,
  request: PlaybookRequest,
): RunFolder {
  pathInside(repository, request.playbook);
  mkdirSync(join(folder, 'callback'), { recursive: true, mode: 0o700 });
  copyFileSync(callback, join(folder, 'callback', basename(callback)));
  const inventories = request.inventories.map((path, index) => {
    if (isAbsolute(path)) return copyInventory(folder, path, index);
    pathInside(repository, path);
    return join(workspaceInside, path);
  });
  const { extraVars } = request;
  if (extraVars === undefined) return { paths: { inventories } };
  writeFileSync(join(folder, 'variables.json'), JSON.stringify(extraVars), { mode: 0o600 });
  const variables = join(insideUser.home, 'variables.json');
  return { paths: { inventories, extraVars: variables } };
}

function copyInventory(folder: string, path: string, index: number): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new HoldfastError('not_found', `there is no inventory ${path}`);
  const name = `inventory-${index}`;
  const target = join(folder, name);
  if (stats.isDirectory()) {
    cpSync(path, target, { recursive: true });
    return join(insideUser.home, name);
  }
  mkdirSync(target, { mode: 0o700 });
  const beside = dirname(path);
  for (const entry of readdirSync(beside, { withFileTypes: true })) {
    const source = join(beside, entry.name);
    const isVariables = entry.isDirectory() && /^(?:group|host)_vars$/.test(entry.name);
    const isSmall = entry.isFile() && statSync(source).size <= largestBesideBytes;
    if (isVariables || isSmall) cpSync(source, join(target, entry.name), { recursive: true });
  }
  return join(insideUser.home, name, basename(path));
}
