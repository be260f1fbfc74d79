import { execFileSync } from 'node:child_process';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { repositoryIdentity } from '../../../activities/playbooks/inspect.ts';
import { pollFor } from '../../support/poll.ts';
import { executionsOf, replayAll } from '../../support/runs/replay-histories.ts';
import { conversation, startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';
import {
  calling,
  call,
  finishing,
  goodbye,
  script,
  shell,
} from '../../support/runs/run-scripts.ts';
import { openApproval, start, whenRun } from '../../support/runs/running-runs.ts';

let harness: RunHarness;

beforeAll(async () => {
  harness = await startRunHarness({
    scripts: [
      script('quick', finishing('done')),
      script(
        'portal',
        calling(call('find_playbook', { request: 'deploy the portal on host h2 with port 8081' })),
        calling(call('find_playbook', { request: 'what people see first' })),
        calling(call('scaffold_playbook', { service: 'Uptime Kuma', port: 3001 })),
        finishing('begun'),
      ),
      script('asking', calling(call('list_files'), shell('printf made > made.txt')), goodbye),
    ],
  });
});

afterAll(async () => {
  try {
    await replayAll(harness);
  } finally {
    await harness.stop();
  }
});

const request = { prompt: `say ${conversation('quick')}`, specialist: 'research' };

const playbook = '# holdfast:requires=portal_domain\n- name: Deploy the portal\n  hosts: web\n';

describe('a run of the infrastructure specialist', () => {
  it('finds playbooks by name and by what a person accepted, and begins a service', async () => {
    const workspace = harness.makeProject({
      'portal-deploy.yml': playbook,
      'motd-set.yml': '- name: Greet\n  hosts: all\n',
    });
    const git = (...args: readonly string[]): void =>
      void execFileSync('git', [
        '-C',
        workspace,
        '-c',
        'user.name=A',
        '-c',
        'user.email=a@b',
        ...args,
      ]);
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'first');
    const searchPath = process.env['PATH'] ?? '';
    const repository = (await repositoryIdentity({ folder: workspace, searchPath })) ?? '';
    const { playbooks } = harness.client;
    await playbooks.acceptPlaybook({
      repository,
      request: 'What people see first?',
      playbook: 'motd-set.yml',
    });

    const { runId } = await harness.client.startRun({
      request: { prompt: conversation('portal'), specialist: 'infrastructure', workspace },
    });

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    const results = (await harness.client.transcript(runId)).filter(({ role }) => role === 'tool');
    const [named, accepted, begun] = results.map(({ text }) => text);
    expect(named).toContain('"method": "exact"');
    expect(named).toContain('"portal_domain"');
    expect(accepted).toContain('"method": "cached"');
    expect(begun).toContain('made roles/uptime_kuma/tasks/main.yml');
    const { effects } = await harness.client.getRun(runId);
    expect(effects.map(({ tool, state }) => [tool, state])).toEqual([
      ['scaffold_playbook', 'committed'],
    ]);
    const { files } = await harness.client.diffRun(runId);
    expect(files.map(({ path }) => path)).toContain('uptime-kuma-deploy.yml');
  });

  it('keeps embeddings by model and text, and gives back what it was given', async () => {
    const { playbooks } = harness.client;
    await playbooks.keepEmbeddings('mini', new Map([['a', [0.5, -1]]]));
    await playbooks.keepEmbeddings(
      'mini',
      new Map([
        ['a', [1, 0]],
        ['b', [0, 1]],
      ]),
    );

    const kept = await playbooks.readEmbeddings('mini', ['a', 'b', 'c']);

    expect([kept.size, kept.get('a'), kept.get('b')]).toEqual([2, [1, 0], [0, 1]]);
    expect((await playbooks.readEmbeddings('other', ['a'])).size).toBe(0);
  });

  it.each([
    ['a playbook', { 'site.yml': playbook }, ['find_playbook', 'lint_playbook']],
    ['none', { 'compose.yml': 'services: {}\n' }, []],
  ])(
    'is what other specialists borrow tools from, for a workspace with %s',
    async (_, files, tools) => {
      const workspace = harness.makeProject(files);

      const { runId } = await harness.client.startRun({ request: { ...request, workspace } });
      await harness.client.waitForRun(runId);

      const offered = JSON.stringify(harness.rehearsal.requests.at(-1)?.body);
      const names = ['find_playbook', 'lint_playbook', 'scaffold_playbook'];
      expect(names.filter((name) => offered.includes(`"${name}"`))).toEqual(tools);
    },
  );
});

describe('a start', () => {
  it('with the same key and request is the same run, also when it has ended', async () => {
    const first = await harness.client.startRun({ request, key: 'again' });
    const second = await harness.client.startRun({ request, key: 'again' });
    await harness.client.waitForRun(first.runId);
    const third = await harness.client.startRun({ request, key: 'again' });

    expect([first, second, third].map(({ existing }) => existing)).toEqual([false, true, true]);
    expect(new Set([first.runId, second.runId, third.runId]).size).toBe(1);
  });

  it('with a used key and another request or project is a conflict; the first run goes on', async () => {
    const { runId } = await harness.client.startRun({ request, key: 'taken' });

    for (const other of [
      { request: { ...request, prompt: 'other' }, key: 'taken' },
      { request, project: 'elsewhere', key: 'taken' },
    ]) {
      await expect(harness.client.startRun(other)).rejects.toMatchObject({
        code: 'idempotency_conflict',
      });
    }
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    await expect(
      harness.client.startRun({ request: { ...request, prompt: 'late' }, key: 'taken' }),
    ).rejects.toMatchObject({ code: 'idempotency_conflict' });
  });

  it('whose title would hold a known secret is a run like any other, without it', async () => {
    const { password } = new URL(harness.databaseUrl);
    const prompt = `connect with ${password} ${conversation('quick')}`;

    const { runId } = await harness.client.startRun({ request: { ...request, prompt } });

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    const { title } = await harness.client.getRun(runId);
    expect(title).toContain('connect with <<REDACTED>>');
  });

  it('twenty times at once with one key is one run', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, async () => harness.client.startRun({ request, key: 'storm' })),
    );

    expect(new Set(all.map(({ runId }) => runId)).size).toBe(1);
    expect(all.filter(({ existing }) => !existing)).toHaveLength(1);
    await harness.client.waitForRun(all[0]?.runId ?? '');
  });

  it.each([
    ['nothing to do', {}, ['prompt', 'structured']],
    ['a blank prompt', { prompt: '  ' }, ['prompt']],
    ['a mounted folder', { prompt: 'x', executionMode: 'mount' as const }, ['executionMode']],
    ['no turns', { prompt: 'x', limits: { maxTurns: 0 } }, ['limits.maxTurns']],
  ])('with %s is refused, and no workflow exists', async (_, asked, fields) => {
    const before = (await executionsOf(harness)).length;

    const refused: unknown = await harness.client
      .startRun({ request: asked })
      .catch((error: unknown) => error);

    expect(refused).toMatchObject({
      code: 'invalid_argument',
      fieldErrors: expect.arrayContaining(
        fields.map((field) => expect.objectContaining({ field })),
      ),
    });
    expect((await executionsOf(harness)).length).toBe(before);
  });

  it('with an unknown model says so to whoever waits', async () => {
    const { runId } = await harness.client.startRun({ request: { ...request, model: 'nobody' } });

    await expect(harness.client.waitForRun(runId)).rejects.toMatchObject({ code: 'not_found' });
    await expect(harness.client.getRun(runId)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('the page of a run in the Temporal UI', () => {
  it('says who asked what, what it does, and what it waits for', async () => {
    const runId = await start(harness, 'asking');
    const { approvalId } = await openApproval(harness, runId);
    const handle = harness.temporal.workflow.getHandle(runId);

    const found = await pollFor('the search finds it', async () => {
      const query = `HoldfastWaitingFor="approval" AND HoldfastStatus="awaiting_approval"`;
      for await (const { workflowId } of harness.temporal.workflow.list({ query })) {
        if (workflowId === runId) return workflowId;
      }
      return undefined;
    });
    expect(found).toBe(runId);
    const description = await handle.describe();
    expect(await description.staticSummary()).toContain('do it');
    expect(await description.staticDetails()).toContain('asked by tester');
    expect(description.memo).toMatchObject({ requestDigest: expect.any(String) });
    const metadata = JSON.stringify(await handle.query('__temporal_workflow_metadata'));
    expect(metadata).toContain('Waits for a person');
    expect(metadata).toContain(approvalId);
    const history = await handle.fetchHistory();
    const summaries = (history.events ?? []).flatMap(({ userMetadata }) => {
      const data = userMetadata?.summary?.data;
      return data === undefined || data === null ? [] : [Buffer.from(data).toString()];
    });
    expect(summaries.join('\n')).toMatch(/open the run[\s\S]*turn 1[\s\S]*list/);

    await handle.signal('approve', { approvalId: 'run/default/x/main/t1/c0/a1' });
    await pollFor('the page tells of the refused signal', async () => {
      const page = JSON.stringify(await handle.query('__temporal_workflow_metadata'));
      return page.includes('did not count') ? true : undefined;
    });
    await handle.signal('approve', { approvalId });
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    await whenRun(harness, runId, ({ status }) => status === 'completed');
    const ended = await handle.describe();
    expect(ended.searchAttributes['HoldfastStatus']).toEqual(['completed']);
    expect(ended.searchAttributes['HoldfastRoot']).toEqual([ended.workflowId]);
    expect(ended.searchAttributes['HoldfastWaitingFor'] ?? []).toEqual([]);
  });
});
