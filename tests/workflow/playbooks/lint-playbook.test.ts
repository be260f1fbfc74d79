import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { beforeAll, describe, expect, it } from '@jest/globals';

import { lintPlaybook, readFolder } from '../../../activities/playbooks/inspect.ts';
import { scaffoldService } from '../../../domain/playbooks/scaffold.ts';
import { pathWithAnsible, reasonToSkipAnsible } from '../../support/ansible.ts';

const withAnsible = (await reasonToSkipAnsible()) === '' ? describe : describe.skip;

const careless = `---
- name: Careless
  hosts: all
  tasks:
    - name: Run something
      ansible.builtin.shell: echo hi | tee /tmp/hi
`;

withAnsible('the linter', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-lint-test-'));
  let path: string | undefined;

  beforeAll(async () => {
    path = await pathWithAnsible();
    chmodSync(folder, 0o755);
    const { files } = scaffoldService('Uptime Kuma_2!');
    for (const file of [...files, { path: 'careless.yml', text: careless }]) {
      mkdirSync(dirname(join(folder, file.path)), { recursive: true });
      writeFileSync(join(folder, file.path), file.text);
    }
  });

  const lint = async (playbook: string, more: { limitMs?: number } = {}) =>
    lintPlaybook({
      files: await readFolder(folder),
      playbook,
      ansible: '/nowhere',
      stateFolder: join(folder, 'state'),
      environment: { PATH: path },
      isRoot: process.getuid?.() === 0,
      ...more,
    });

  it('says where a playbook is careless, in which way, and why', async () => {
    const { suggestions } = await lint('careless.yml');

    expect(suggestions).toContainEqual(
      expect.objectContaining({
        ruleId: 'no-changed-when',
        category: 'idempotency',
        file: 'careless.yml',
        line: 5,
        reasoning: expect.stringContaining('changed_when'),
      }),
    );
  });

  it('finds nothing in a scaffold, in its playbook, role and test', async () => {
    const reports = [await lint('uptime-kuma-2-deploy.yml'), await lint('uptime-kuma-2-test.yml')];

    expect(reports.map(({ total }) => total)).toEqual([0, 0]);
  });

  it('is ended when it takes too long', async () => {
    await expect(lint('careless.yml', { limitMs: 100 })).rejects.toMatchObject({ code: 'timeout' });
  });

  it('is not asked about a playbook that is not there', async () => {
    await expect(lint('../careless.yml')).rejects.toMatchObject({ code: 'not_found' });
  });
});
