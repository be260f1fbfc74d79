import { readFile } from 'node:fs/promises';

import { parseHeader, type PlaybookHeader } from '../../../../domain/playbooks/playbook-header.ts';
import type { CallFacts } from '../../../../domain/tools/facts.ts';
import { pathInside } from '../../../playbooks/run/path-inside.ts';
import { asToolError } from './as-tool-error.ts';

/**
 * What the comments on top of a playbook of the workspace say.
 *
 * @throws {ToolError} not_found, access_denied.
 */
export async function playbookHeaderOf(root: string, playbook: string): Promise<PlaybookHeader> {
  const file = await asToolError(async () => pathInside(root, playbook));
  return parseHeader(await readFile(file, 'utf8'));
}

/** The secrets that a playbook asks for, as people and policy are told of them. */
export function secretsOf({ vaults }: PlaybookHeader): Pick<CallFacts, 'secrets'> {
  const secrets = Object.entries(vaults).map(([id, name]) => `vault ${id}=secret://${name}`);
  return secrets.length === 0 ? {} : { secrets };
}
