import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

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
