import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';

import type { PlaybookRequest } from '../../../../domain/playbooks/playbook-request-schema.ts';
import { catalogOf } from '../../../playbooks/catalog/read-catalog.ts';
import type { OpenWorkspace } from '../../tool.ts';
import { workspaceYaml } from '../workspace-playbooks.ts';
import { textsIn } from './repository-content.ts';

/**
 * Variables that a playbook cannot run without, by its catalog entry: those that an inventory from outside of the
 * repository names are taken as given there.
 */
export async function requiredVariables(
  workspace: OpenWorkspace,
  { playbook, inventories }: PlaybookRequest,
): Promise<readonly string[]> {
  const { playbooks } = catalogOf({ files: await workspaceYaml(workspace) });
  const required = playbooks.find(({ path }) => path === playbook)?.requiredVars ?? [];
  if (required.length === 0) return required;
  const outside = await Promise.all(inventories.filter((path) => isAbsolute(path)).map(textsOf));
  const texts = outside.flat();
  return required.filter((name) => !texts.some((text) => text.includes(name)));
}

/** An inventory, and what stands in the folders of variables beside it. */
async function textsOf(path: string): Promise<readonly string[]> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) return [];
  if (stats.isDirectory()) return textsIn(path);
  const beside = ['group_vars', 'host_vars'].map(async (folder) =>
    textsIn(join(dirname(path), folder)).catch(() => []),
  );
  return [await readFile(path, 'utf8'), ...(await Promise.all(beside)).flat()];
}
