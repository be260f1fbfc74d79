import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { homePaths } from '../../../../storage/home/home-paths.ts';
import { openVerifiedFacts } from '../../../../storage/home/verified-facts.ts';
import { findAnsible } from '../../../../workers/provision/ansible/find-ansible.ts';
import { provisionAnsible } from '../../../../workers/provision/ansible/provision-ansible.ts';
import type { ProvisionContext } from '../../../../workers/provision/provision-context.ts';

const playbook = (version: string): string => `echo "ansible-playbook [core ${version}]"`;
const linter = (version: string): string => `echo "ansible-lint ${version} using ansible-core"`;

/** A machine with nothing but these programs, as scripts, on its PATH. */
function machine(scripts: Readonly<Record<string, string>>) {
  const paths = homePaths(mkdtempSync(join(tmpdir(), 'holdfast-ansible-')));
  const programs = join(paths.root, 'programs');
  for (const [name, script] of Object.entries(scripts)) write(join(programs, name), script);
  const context: ProvisionContext = {
    environment: { PATH: programs },
    paths,
    facts: openVerifiedFacts(paths.verifiedFacts),
    platform: 'linux',
    architecture: 'x64',
    isRoot: false,
    progress: () => undefined,
  };
  return { context, programs };
}

function write(file: string, script: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

describe('ansible', () => {
  it('is taken from the PATH when its version fits', async () => {
    const { context, programs } = machine({
      'ansible-playbook': playbook('2.21.5'),
      'ansible-lint': linter('26.10.1'),
    });

    const parts = await provisionAnsible(context);

    expect(parts).toMatchObject([
      { name: 'ansible', state: 'found', version: '2.21.5', where: `${programs}/ansible-playbook` },
      { name: 'ansible-lint', state: 'found', version: '26.10.1' },
    ]);
  });

  it.each(['2.18.9', '2.22.0'])('is not taken from the PATH in version %s', async (version) => {
    const { context, programs } = machine({ 'ansible-playbook': playbook(version) });

    const [ansible] = await findAnsible(context);

    expect(ansible).toMatchObject({ state: 'missing', mend: 'holdfast setup --with ansible' });
    expect(ansible?.attempts[0]).toEqual({
      way: `${programs}/ansible-playbook`,
      outcome: `version ${version}`,
    });
  });

  it('is found in the environment of its own, the linter beside a playbook program of the PATH', async () => {
    const { context, programs } = machine({ 'ansible-playbook': playbook('2.19.0') });
    write(join(context.paths.ansible, 'bin', 'ansible-lint'), linter('26.10.1'));

    const parts = await findAnsible(context);

    expect(parts.map(({ where }) => where)).toEqual([
      `${programs}/ansible-playbook`,
      `${context.paths.ansible}/bin/ansible-lint`,
    ]);
  });

  it('leaves nothing behind when the package index cannot be reached', async () => {
    const { context } = machine({});
    const nowhere = { PIP_INDEX_URL: 'http://127.0.0.1:9/', PIP_RETRIES: '0', PIP_FIND_LINKS: '' };
    const offline = { ...context, environment: { ...context.environment, ...nowhere } };

    const parts = await provisionAnsible(offline);

    expect(parts.map(({ state }) => state)).toEqual(['missing', 'missing']);
    expect(parts[0]?.mend).toMatch(/on the PATH|install Python/);
    expect(existsSync(context.paths.ansible)).toBe(false);
    expect(readdirSync(context.paths.root).filter((name) => name !== 'cache')).toEqual([]);
    expect(readdirSync(context.paths.cache)).toEqual([]);
    // A real environment of Python is made and removed again.
  }, 60_000);

  it('asks a program again that did not answer before', async () => {
    const { context, programs } = machine({ 'ansible-playbook': 'exit 1' });
    const before = await findAnsible(context);

    write(join(programs, 'ansible-playbook'), playbook('2.20.1'));
    const after = await findAnsible(context);

    expect([before[0]?.state, after[0]?.state]).toEqual(['missing', 'found']);
  });
});
