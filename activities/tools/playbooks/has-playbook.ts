import { parseYaml } from '../../playbooks/catalog/parse-yaml.ts';
import { readPlays } from '../../playbooks/catalog/read-plays.ts';
import { yamlPaths } from '../../playbooks/catalog/repository-files.ts';
import type { OpenWorkspace } from '../tool.ts';
import { readSafely } from './workspace-playbooks.ts';

/** Playbooks lie on top of a repository or in a folder of their own; nobody waits for a look into all of a large one. */
const deepest = 3;
const mostLooked = 300;

/** True when a workspace has an Ansible playbook near its top. */
export async function hasPlaybook({ root }: OpenWorkspace): Promise<boolean> {
  let looked = 0;
  for await (const path of yamlPaths(root, deepest)) {
    looked += 1;
    if (looked > mostLooked) return false;
    const text = (await readSafely(root, path))?.toString('utf8') ?? '';
    // What has no such line needs no parsing.
    if (!/^\s*-?\s*["']?(?:hosts|(?:ansible\.builtin\.)?import_playbook)["']?\s*:/m.test(text))
      continue;
    const parsed = parseYaml(path, text);
    if (parsed.type === 'parsed' && readPlays(parsed.value) !== undefined) return true;
  }
  return false;
}
