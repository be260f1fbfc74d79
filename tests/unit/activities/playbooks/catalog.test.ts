import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';

import { cachedCatalog } from '../../../../activities/playbooks/inspect.ts';
import type { PlaybookCatalog } from '../../../../domain/playbooks/playbook-entry.ts';

const homelab = fileURLToPath(new URL('../../../../infra/examples/homelab', import.meta.url));

const cache = mkdtempSync(join(tmpdir(), 'holdfast-catalog-cache-'));

function repository(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-catalog-'));
  write(folder, files);
  return folder;
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

function read(folder: string): Promise<PlaybookCatalog> {
  return cachedCatalog({ folder, searchPath: process.env['PATH'] ?? '', cache });
}

function git(folder: string, ...args: readonly string[]): string {
  const own = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  return execFileSync('git', ['-C', folder, ...own, ...args], { encoding: 'utf8' }).trim();
}

const play = (name: string): string => `- name: ${name}\n  hosts: all\n  tasks: []\n`;

describe('the catalog', () => {
  it('names the place of a file that is broken, and has all others', async () => {
    const files = Array.from({ length: 49 }, (_, index) => [
      `s${index}-deploy.yml`,
      play(`Play ${index}`),
    ]);
    const folder = repository({
      ...Object.fromEntries(files),
      'broken.yml': '- name: Broken\n  hosts: all\n  tasks: [\n- x\n',
    });

    const { playbooks, warnings } = await read(folder);

    expect(playbooks).toHaveLength(49);
    expect(playbooks[0]).toMatchObject({
      path: 's0-deploy.yml',
      service: 's0',
      description: 'Play 0',
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ path: 'broken.yml', line: 4 });
    expect(warnings[0]?.message).not.toMatch(/line \d/);
  });

  it('leaves out what is no playbook: variables, tasks, templates, links', async () => {
    const folder = repository({
      'vars.yml': 'a: 1\n',
      'roles/x/tasks/main.yml': '- name: Task\n  ansible.builtin.debug:\n',
      'roles/x/templates/t.yml': '{{ broken\n  - yaml: [',
      'empty.yaml': '',
      'deep/site.yaml': play('Deep'),
    });
    symlinkSync('/etc/hosts', join(folder, 'link.yml'));

    const { playbooks, warnings, commit } = await read(folder);

    expect(playbooks.map(({ path }) => path)).toEqual(['deep/site.yaml']);
    expect([warnings, commit]).toEqual([[], undefined]);
  });

  it('is read at the commit, and again only after another commit', async () => {
    const folder = repository({ 'a.yml': play('First') });
    git(folder, 'init', '-q');
    git(folder, 'add', '.');
    git(folder, 'commit', '-qm', 'first');
    const first = await read(folder);
    write(folder, { 'a.yml': play('Not committed'), 'b.yml': play('Neither') });
    const same = await read(folder);
    git(folder, 'add', '.');
    git(folder, 'commit', '-qm', 'second');
    const second = await read(folder);

    expect(first.commit).toBe(git(folder, 'rev-parse', 'HEAD~1'));
    expect(same).toEqual(first);
    expect(second.playbooks.map(({ description }) => description)).toEqual([
      'Not committed',
      'Neither',
    ]);
  });

  it('knows variables from argument_specs, prompts, vars, defaults and comments, and which are required', async () => {
    const folder = repository({
      'x-deploy.yml': `# holdfast:requires=from_comment
# holdfast:variable=from_comment:list Said above the play.
# holdfast:variable=other:int Said again.
- hosts: [web, db]
  vars: { own: 1, given_by_play: 2, secret: !vault "$ANSIBLE_VAULT;1.1;AES256" }
  vars_prompt:
    - { name: asked, prompt: Which one? }
    - { name: asked_with_usual, default: blue }
  roles:
    - { role: x, given_to_role: 3 }
  tasks:
    - block:
        - ansible.builtin.include_role: { name: y }
          tags: [late]
`,
      'group_vars/all.yml': 'in_inventory: 5\n',
      'roles/x/defaults/main.yml': 'usual: 6\nother: 7\n',
      'roles/x/meta/argument_specs.yml': `argument_specs:
  main:
    options:
      needed: { type: str, required: true, description: Say it. }
      usual: { type: int, required: yes, choices: [6, 7] }
      given_by_play: { required: true }
      given_to_role: { required: true }
      in_inventory: { required: true }
`,
      'roles/y/meta/main.yml':
        'argument_specs: { main: { options: { of_y: { required: yes } } } }\n',
    });

    const [entry] = (await read(folder)).playbooks;

    expect(entry).toMatchObject({ hosts: ['web', 'db'], roles: ['x', 'y'], tags: ['late'] });
    expect(entry?.requiredVars).toEqual(['needed', 'of_y', 'asked', 'from_comment']);
    const byName = Object.fromEntries(entry?.variables.map((each) => [each.name, each]) ?? []);
    expect(byName['needed']).toMatchObject({
      type: 'str',
      description: 'Say it.',
      source: 'argument_specs',
    });
    expect(byName['usual']).toMatchObject({ type: 'int', default: 6 });
    expect(byName['usual']?.choices).toEqual([6, 7]);
    expect(byName['other']).toMatchObject({ source: 'defaults', default: 7, type: 'int' });
    expect(byName['other']?.description).toBe('Said again.');
    expect(byName['from_comment']).toMatchObject({ type: 'list', source: 'comment' });
    expect(byName['given_by_play']).toMatchObject({ default: 2 });
    expect(byName['asked_with_usual']).toMatchObject({
      default: 'blue',
      type: 'str',
      isRequired: false,
    });
    expect(byName['secret']).toEqual({ name: 'secret', source: 'vars', isRequired: false });
  });

  it('reads the sample homelab: rollbacks, services, and nothing that is missing', async () => {
    const { playbooks, warnings } = await read(homelab);

    expect(warnings).toEqual([]);
    expect(playbooks).toHaveLength(8);
    const backup = playbooks.find(({ service }) => service === 'backup');
    expect(backup?.vaults).toEqual({ default: 'homelab-vault' });
    expect(playbooks.filter(({ requiredVars }) => requiredVars.length > 0)).toEqual([]);
    const paths = playbooks.map(({ path }) => path);
    const rollbacks = playbooks.flatMap(({ rollback }) => rollback ?? []);
    expect(rollbacks).toEqual(['motd-rollback.yml', 'portal-rollback.yml']);
    expect(paths).toEqual(expect.arrayContaining(rollbacks));
  });

  it('says that a folder is not there', async () => {
    await expect(read('/nowhere/at/all')).rejects.toMatchObject({ code: 'not_found' });
  });
});
