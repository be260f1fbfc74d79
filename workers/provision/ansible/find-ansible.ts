import { existsSync } from 'node:fs';
import { join } from 'node:path';

import {
  ansibleCore,
  parseAnsibleVersion,
  parseLintVersion,
} from '../../../domain/settings/ansible-release.ts';
import type {
  ProvisionAttempt,
  ProvisionedPart,
} from '../../../domain/settings/provision-report.ts';
import { isVersionAtLeast } from '../pinned-temporal.ts';
import type { ProvisionContext } from '../provision-context.ts';
import { findOnPath, lastLine, runCommand } from '../run-command.ts';

/** One program of Ansible, how it says its version, and which version will do. */
interface AnsibleProgram {
  readonly name: string;
  readonly program: string;
  readonly parse: (text: string) => string | undefined;
  readonly fits: (version: string) => boolean;
}

const programs: readonly AnsibleProgram[] = [
  {
    name: 'ansible',
    program: 'ansible-playbook',
    parse: parseAnsibleVersion,
    fits: (version) =>
      isVersionAtLeast(version, ansibleCore.oldest) &&
      !isVersionAtLeast(version, ansibleCore.tooNew),
  },
  // What the linter finds is named by rules whose names changed with version 6.
  {
    name: 'ansible-lint',
    program: 'ansible-lint',
    parse: parseLintVersion,
    fits: (version) => isVersionAtLeast(version, '6.0.0'),
  },
];

/**
 * Finds `ansible-playbook` and `ansible-lint` without getting anything: on the PATH when their version fits, else in
 * our own environment. Two parts, in that order.
 */
export function findAnsible(context: ProvisionContext): Promise<readonly ProvisionedPart[]> {
  return Promise.all(programs.map((program) => findProgram(context, program)));
}

async function findProgram(
  context: ProvisionContext,
  wanted: AnsibleProgram,
): Promise<ProvisionedPart> {
  const { name, program, fits } = wanted;
  const attempts: ProvisionAttempt[] = [];
  const onPath = findOnPath(program, context.environment);
  if (onPath === undefined) attempts.push({ way: `${program} on the PATH`, outcome: 'not there' });
  else {
    const version = await askVersion(context, onPath, wanted);
    if (version !== undefined && fits(version)) {
      return { name, state: 'found', version, where: onPath, attempts };
    }
    const outcome = version === undefined ? 'does not say a version' : `version ${version}`;
    attempts.push({ way: onPath, outcome });
  }
  const own = join(context.paths.ansible, 'bin', program);
  const version = existsSync(own) ? await askVersion(context, own, wanted) : undefined;
  if (version !== undefined && fits(version)) {
    return { name, state: 'found', version, where: own, attempts };
  }
  attempts.push({ way: context.paths.ansible, outcome: version ?? 'not there' });
  return { name, state: 'missing', attempts, mend: 'holdfast setup --with ansible' };
}

async function askVersion(
  context: ProvisionContext,
  path: string,
  { parse }: AnsibleProgram,
): Promise<string | undefined> {
  try {
    // Only a good answer is remembered: a program that could not start now may do so later.
    return await context.facts.recall(path, 'version', async () => {
      // The first start compiles the modules of Python; without NO_COLOR the linter colours what it says.
      const environment = { ...context.environment, NO_COLOR: '1' };
      const { stdout, stderr } = await runCommand(path, ['--version'], {
        environment,
        timeoutMs: 60_000,
      });
      const version = parse(stdout);
      if (version === undefined) throw new Error(lastLine(stderr));
      return version;
    });
  } catch {
    return undefined;
  }
}
