import { mkdir, mkdtemp, readFile, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createFindPlaybookTool } from '../../../../activities/tools/playbooks/find-playbook-tool.ts';
import { hasPlaybook } from '../../../../activities/tools/playbooks/has-playbook.ts';
import { createLintPlaybookTool } from '../../../../activities/tools/playbooks/lint-playbook-tool.ts';
import { scaffoldPlaybookTool } from '../../../../activities/tools/playbooks/scaffold-playbook-tool.ts';
import type { OpenWorkspace } from '../../../../activities/tools/tool.ts';
import { HoldfastError } from '../../../../domain/failures.ts';
import { callerFor, refusalOf } from './call-tool.ts';

let root: string;
let workspace: OpenWorkspace;
let caller: ReturnType<typeof callerFor>;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'playbook-tools-'));
  workspace = { root, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  caller = callerFor(workspace);
});

afterEach(() => rm(root, { recursive: true, force: true }));

const put = async (path: string, content: string): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
};
const get = (path: string): Promise<string> => readFile(join(root, path), 'utf8');
const play = '- name: Deploy the portal\n  hosts: web\n';
const kuma = { service: 'Uptime Kuma_2!', port: 3001 };

describe('scaffold_playbook', () => {
  it('makes what is not there, keeps what is, and takes back what it made', async () => {
    await put('README-uptime-kuma-2.md', 'mine\n');

    const prepared = await caller.prepare(scaffoldPlaybookTool, kuma);
    const { text } = await caller.perform(scaffoldPlaybookTool, kuma, prepared);

    expect(prepared.preview).toBe('begin uptime-kuma-2: 9 new files, 1 kept');
    expect(prepared.facts.paths).toHaveLength(9);
    expect(prepared.detail).toContain('+uptime_kuma_2_port: 3001');
    expect(text).toMatch(/^kept README-uptime-kuma-2\.md$/m);
    expect(await get('README-uptime-kuma-2.md')).toBe('mine\n');
    expect(await get('uptime-kuma-2-deploy.yml')).toContain('# holdfast:service=uptime-kuma-2');
    expect(await caller.probe(scaffoldPlaybookTool, kuma, prepared)).toMatchObject({
      type: 'happened',
    });

    await caller.takeBack(scaffoldPlaybookTool, kuma, prepared);

    await expect(get('uptime-kuma-2-deploy.yml')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await get('README-uptime-kuma-2.md')).toBe('mine\n');
  });

  it('goes on where an attempt before it stopped', async () => {
    const prepared = await caller.prepare(scaffoldPlaybookTool, kuma);
    await caller.perform(scaffoldPlaybookTool, kuma, prepared);
    await unlink(join(root, 'uptime-kuma-2-test.yml'));

    const probed = await caller.probe(scaffoldPlaybookTool, kuma, prepared);
    await caller.perform(scaffoldPlaybookTool, kuma, prepared);

    expect(probed).toEqual({ type: 'did-not-happen' });
    expect(await get('uptime-kuma-2-test.yml')).toContain('Test uptime-kuma-2');
  });

  it('writes over nothing that came meanwhile, and removes nothing that was changed', async () => {
    const prepared = await caller.prepare(scaffoldPlaybookTool, kuma);
    await put('uptime-kuma-2-deploy.yml', 'mine\n');
    const late = caller.perform(scaffoldPlaybookTool, kuma, prepared);

    expect(await refusalOf(late)).toMatchObject({ code: 'conflict' });
    expect(await get('uptime-kuma-2-deploy.yml')).toBe('mine\n');
    expect(await caller.probe(scaffoldPlaybookTool, kuma, prepared)).toMatchObject({
      type: 'no-answer',
    });
    const back = caller.takeBack(scaffoldPlaybookTool, kuma, prepared);
    expect(await refusalOf(back)).toMatchObject({ code: 'conflict' });
  });

  it('follows no link, and takes no name without a letter or digit', async () => {
    await mkdir(join(root, 'elsewhere'));
    await symlink('elsewhere', join(root, 'roles'));

    const linked = await refusalOf(caller.prepare(scaffoldPlaybookTool, kuma));
    const nameless = await refusalOf(caller.prepare(scaffoldPlaybookTool, { service: '!!!' }));

    expect([linked.code, nameless.code]).toEqual(['access_denied', 'invalid_argument']);
  });
});

describe('find_playbook', () => {
  const git = {
    runner: {
      sandbox: {
        run: async () => {
          throw new HoldfastError('invalid_argument', 'no git here');
        },
        runOnce: () => Promise.reject(new Error('not asked')),
        resume: () => Promise.reject(new Error('not asked')),
        isBegun: () => false,
      },
      limits: {},
      closedFiles: { hiddenFrom: () => Promise.reject(new Error('not asked')) },
    },
    gitSlots: <T>(work: () => Promise<T>) => work(),
  };
  const tool = createFindPlaybookTool(git, {
    tiers: () => ({
      accepted: async () => undefined,
      byMeaning: async () => ({ leftOut: 'meanings were not compared: no model' }),
    }),
    lint: () => Promise.reject(new Error('not asked')),
  });

  it('reads the files as they are, and links to elsewhere are none of them', async () => {
    await put('portal-deploy.yml', `# holdfast:requires=portal_domain\n${play}`);
    await put('broken.yml', '- a: [\n');
    await symlink('/etc/hosts', join(root, 'hosts-link.yml'));

    const { text } = await caller.call(tool, { request: 'deploy the portal on host h2' });

    const answer = JSON.parse(text);
    expect(answer).toMatchObject({
      method: 'exact',
      playbook: { path: 'portal-deploy.yml', hosts: ['web'] },
      variables: { found: {}, limit: 'h2', missing: ['portal_domain'] },
      playbooks: 1,
    });
    expect(answer.unreadable).toEqual([expect.stringMatching(/^broken\.yml:2: /)]);
  });

  it('says that nothing fits, why, and what comes near', async () => {
    await put('portal-deploy.yml', play);

    const { text } = await caller.call(tool, { request: 'deploy the shop' });

    expect(JSON.parse(text)).toMatchObject({
      method: 'none',
      alternatives: [{ path: 'portal-deploy.yml' }],
      suggestion: expect.stringContaining('no model'),
    });
  });
});

describe('lint_playbook', () => {
  it('says where, in which way and why, and what is missing where there is no linter', async () => {
    await put('portal-deploy.yml', play);
    const finding = {
      category: 'idempotency',
      ruleId: 'no-changed-when',
      message: 'Commands should not change things',
      reasoning: 'Nobody sees what changed.',
      file: 'portal-deploy.yml',
      line: 4,
      severity: 'error',
      status: 'pending',
    } as const;
    const linting = createLintPlaybookTool({
      lint: async (files, playbook) => ({
        total: files.has(playbook) ? 140 : 0,
        suggestions: [finding],
      }),
    });
    const without = createLintPlaybookTool({
      lint: () => Promise.reject(new HoldfastError('dependency_missing', 'no ansible-lint')),
    });
    const args = { playbook: './portal-deploy.yml' };

    const { text } = await caller.call(linting, args);

    expect(text).toContain('the 1 most serious of 140 found');
    expect(text).toContain('error portal-deploy.yml:4 no-changed-when (idempotency)');
    expect(text).toContain('why: Nobody sees what changed.');
    expect(await refusalOf(caller.call(without, args))).toMatchObject({
      code: 'dependency_missing',
    });
    expect(await refusalOf(caller.call(linting, { playbook: 'no.yml' }))).toMatchObject({
      code: 'not_found',
    });
  });
});

describe('a workspace with a playbook', () => {
  it.each([
    ['on top', 'site.yml', play, true],
    ['in a folder', 'ansible/playbooks/site.yaml', play, true],
    ['that only imports others', 'site.yml', '- import_playbook: other.yml\n', true],
    ['but no play', 'compose.yml', 'services:\n  web:\n    hosts: [a]\n', false],
    ['in packages of others only', 'node_modules/x/site.yml', play, false],
    ['of workflows only', '.github/workflows/ci.yml', 'on: push\njobs: {}\n', false],
    ['too deep', 'a/b/c/d/e/site.yml', play, false],
  ])('is one %s', async (_, path, text, isOne) => {
    await put(path, text);

    expect(await hasPlaybook(workspace)).toBe(isOne);
  });
});
