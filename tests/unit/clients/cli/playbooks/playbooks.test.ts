import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';

import { runWith, scriptedPrompter, type LineResult } from '../run/command-line.ts';
import { fakeClient } from '../run/fake-client.ts';

const homelab = fileURLToPath(new URL('../../../../../infra/examples/homelab', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'holdfast-playbooks-home-'));

function playbooks(folder: string, ...args: readonly string[]): Promise<LineResult> {
  return runWith(['playbooks', ...args, '--repository', folder], { home });
}

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-playbooks-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const portal = '- name: Deploy the portal\n  hosts: web\n';

describe('holdfast playbooks', () => {
  it('lists what is there, and warns of what cannot be read', async () => {
    const folder = folderWith({ 'portal-deploy.yml': portal, 'bad.yml': '- a: [\n' });

    const { code, stdout, stderr } = await playbooks(folder, 'list');

    expect(code).toBe(0);
    expect(stdout).toMatch(/^portal-deploy\.yml +portal +web +Deploy the portal$/m);
    expect(stderr).toMatch(/^warning: bad\.yml:2:1: /m);
  });

  it('matches a request with exit code 0, and says with 3 that nothing fits', async () => {
    const folder = folderWith({ 'portal-deploy.yml': portal });

    const hit = await playbooks(folder, 'match', 'deploy', 'the', 'portal', '--json');
    const miss = await playbooks(folder, 'match', 'deploy the web shop', '--json');

    expect([hit.code, miss.code]).toEqual([0, 3]);
    expect(JSON.parse(hit.stdout)).toMatchObject({ method: 'exact', confidence: 1 });
    const { method, alternatives } = JSON.parse(miss.stdout);
    expect([method, alternatives[0].path]).toEqual(['none', 'portal-deploy.yml']);
  });

  it('shows one playbook, and the nearest path for one that is not there', async () => {
    const folder = folderWith({ 'portal-deploy.yml': portal });

    const shown = await playbooks(folder, 'show', 'portal-deploy.yml');
    const missed = await playbooks(folder, 'show', 'portal-deplo.yml');

    expect(shown.stdout).toContain('description:  Deploy the portal');
    expect([missed.code, missed.stderr]).toEqual([3, expect.stringContaining('portal-deploy.yml')]);
  });

  it('shows a scaffold without writing it, writes it, keeps what is there, and overwrites it when told to', async () => {
    const folder = folderWith({ 'README-uptime-kuma.md': 'mine\n' });
    const readme = join(folder, 'README-uptime-kuma.md');
    const scaffold = (...more: readonly string[]) =>
      playbooks(folder, 'scaffold', 'Uptime Kuma', '--json', ...more);

    const shown = await scaffold();
    const wasWritten = existsSync(join(folder, 'uptime-kuma-deploy.yml'));
    const written = JSON.parse((await scaffold('--write', '--port', '3001')).stdout);
    const kept = readFileSync(readme, 'utf8');
    const overwritten = JSON.parse((await scaffold('--overwrite')).stdout);

    expect([JSON.parse(shown.stdout).files.length, wasWritten]).toEqual([10, false]);
    expect(written.files).toContainEqual({ path: 'README-uptime-kuma.md', state: 'kept' });
    expect(written.files).toContainEqual({ path: 'uptime-kuma-deploy.yml', state: 'written' });
    expect(kept).toBe('mine\n');
    expect(overwritten.files).toContainEqual({
      path: 'README-uptime-kuma.md',
      state: 'overwritten',
    });
    const { playbooks: found } = JSON.parse((await playbooks(folder, 'list', '--json')).stdout);
    expect(found.map(({ service }: { service: string }) => service)).toEqual([
      'uptime-kuma',
      'uptime-kuma-test',
    ]);
  });

  it('says what is missing where there is no linter', async () => {
    const folder = folderWith({ 'portal-deploy.yml': portal });

    const { code, stderr } = await playbooks(folder, 'lint', 'portal-deploy.yml');

    expect([code, stderr]).toEqual([1, expect.stringContaining('holdfast setup --with ansible')]);
  });

  it('says which values the request gives, and asks at the terminal for what is missing', async () => {
    const declared = '# holdfast:requires=portal_domain\n# holdfast:variable=portal_port:int=80\n';
    const folder = folderWith({ 'portal-deploy.yml': `${declared}${portal}` });
    const request = ['match', 'deploy the portal on host h2 with port 8081'];
    const prompter = scriptedPrompter(['portal.lan']);

    const { stdout } = await playbooks(folder, ...request, '--json');
    const args = ['playbooks', ...request, '--repository', folder];
    const asked = await runWith(args, { home, isTerminal: true, prompter });

    expect(JSON.parse(stdout).variables).toEqual({
      found: { portal_port: 8081 },
      limit: 'h2',
      missing: ['portal_domain'],
      problems: [],
    });
    expect(prompter.asked).toEqual(['portal_domain']);
    expect(asked.stdout).toMatch(/portal_domain: +"portal\.lan"/);
  });

  it('reads the request of the guide as the guide says', async () => {
    const request = 'deploy the portal on host h2 with port 8081, title="Our lab"';

    const { stdout, stderr } = await playbooks(homelab, 'match', request);

    expect(stdout).toContain('portal-deploy.yml: Deploy the portal page');
    expect(stderr).toContain(
      `portal-deploy.yml --repository ${homelab} --limit h2 --var portal_port=8081 --var 'portal_title=Our lab'`,
    );
    expect(stdout).toMatch(/^limit: +h2\nportal_port: +8081\nportal_title: +"Our lab"$/m);
  });

  it('keeps what a request was accepted for, in a repository with a commit', async () => {
    const folder = folderWith({ 'portal-deploy.yml': portal, 'motd-set.yml': portal });
    const client = fakeClient();
    const match = (...more: readonly string[]) =>
      runWith(
        ['playbooks', 'match', 'what people see first', '--repository', folder, '--json', ...more],
        { home, client },
      );
    const early = await match('--accept', 'motd-set.yml');
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-C', folder, '-c', 'user.name=A', '-c', 'user.email=a@b.c', ...args]);
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'first');

    const before = await match();
    const unknown = await match('--accept', 'motd-sett.yml');
    const accepted = await match('--accept', 'motd-set.yml');
    const after = await match();

    expect([early.code, before.code, unknown.code, accepted.code]).toEqual([2, 3, 3, 0]);
    expect(JSON.parse(after.stdout)).toMatchObject({
      method: 'cached',
      confidence: 1,
      playbook: { path: 'motd-set.yml' },
    });
  });

  it.each([
    [['scaffold', '!!!'], 2, 'letters, digits and dashes'],
    [['scaffold', 'x', '--port', '70000'], 2, 'port from 1 to 65535'],
    [['list'], 3, 'there is no folder'],
    [['lint', 'x.yml'], 3, 'there is no folder'],
  ])('%j ends with code %i and says why', async (args, code, words) => {
    const result = await playbooks('/nowhere/at/all', ...args);

    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(words)]);
  });
});
