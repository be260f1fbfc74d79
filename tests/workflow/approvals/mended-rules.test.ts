import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { loadConfiguration } from '../../../storage/definitions/load-configuration.ts';
import { loadSettings } from '../../../storage/home/settings-file.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import { startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';
import { call, calling, goodbye, script } from '../../support/runs/run-scripts.ts';
import { eventsOf, openApproval, start, textsOf } from '../../support/runs/running-runs.ts';

let harness: RunHarness;

const touch = calling(call('shell', { command: 'touch done.txt' }));
const read = calling(call('read_file', { path: 'secret.txt' }));
const files = { 'secret.txt': 'the secret\n' };
const limits = { maxTurns: 20, timeoutSeconds: 300, maxCostMicroUsd: 5_000_000 };

/** A profile as it would stand in a file. */
function profile(name: string, rules: readonly unknown[], mode = 'default') {
  return { schemaVersion: 1, name, mode, rules, limits };
}

/** Writes the profiles as files of the policies folder and loads them as an instance does. */
async function configure(...profiles: readonly { readonly name: string }[]): Promise<void> {
  const policiesFolder = join(harness.home, 'policies');
  mkdirSync(policiesFolder, { recursive: true });
  for (const file of readdirSync(policiesFolder)) rmSync(join(policiesFolder, file));
  for (const one of profiles) {
    writeFileSync(join(policiesFolder, `${one.name}.yaml`), JSON.stringify(one));
  }
  const { settings } = loadSettings({ home: harness.home, variables: {}, flags: {} });
  await loadConfiguration(harness.db, 'default', {
    settings,
    policiesFolder: { path: policiesFolder, isNamed: true },
    variables: {},
  });
}

const asking = profile('mine', [{ name: 'shell', tool: 'shell', verdict: 'ask' }]);

async function waitingRun(name: string, project = 'default') {
  const workspace = harness.makeProject(files);
  const runId = await start(harness, name, { workspace, policy: 'mine' }, project);
  const approval = await openApproval(harness, runId);
  return { runId, approval };
}

async function deniedIn(runId: string): Promise<readonly Record<string, unknown>[]> {
  const events = await eventsOf(harness, runId);
  return events.filter(({ type }) => type === 'tool.denied').map(({ data }) => data);
}

beforeAll(async () => {
  harness = await startRunHarness({
    scripts: [
      script('touch', touch, goodbye),
      script('walk', calling(call('shell', { command: 'grep -rh . .; echo walked' })), goodbye),
      script('touch-and-read', touch, read, goodbye),
      script('touch-twice', touch, calling(call('shell', { command: 'touch two.txt' })), goodbye),
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

describe('a call that waits for approval', () => {
  it('sees nothing of a file that its rules have closed by name since, though it names none', async () => {
    const closing = { name: 'closed', tool: '*', pathDeny: ['secret.txt'], verdict: 'deny' };
    const seen: string[] = [];
    for (const rules of [asking.rules, [closing, ...asking.rules]]) {
      await configure(asking);
      const { runId, approval } = await waitingRun('walk');
      await configure(profile('mine', rules));
      await harness.client.decide({ approval: approval.approvalId, decision: 'approve' });
      await harness.client.waitForRun(runId);
      seen.push((await textsOf(harness, runId, 'tool')).join());
    }

    expect(seen).toEqual([
      expect.stringContaining('the secret'),
      expect.not.stringContaining('the secret'),
    ]);
    expect(seen[1]).toContain('walked');
  });

  it('is denied when its rule was mended to deny it, and the log and history hold both verdicts', async () => {
    await configure(asking);
    const { runId, approval } = await waitingRun('touch');
    await configure(profile('mine', [{ name: 'closed', tool: 'shell', verdict: 'deny' }]));

    await harness.client.decide({ approval: approval.approvalId, decision: 'approve' });

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    expect((await harness.client.getRun(runId)).effects).toEqual([]);
    const [denied] = await deniedIn(runId);
    expect(denied).toMatchObject({
      verdict: 'deny',
      rule: 'mine/closed',
      before: { verdict: 'ask', rule: 'mine/shell' },
      why: expect.arrayContaining([
        'run: touch done.txt: ask by mine/shell',
        'run, as it stands now: touch done.txt: deny by mine/closed',
      ]),
    });
    const { events } = await harness.temporal.workflow.getHandle(runId).fetchHistory();
    const history = (events ?? [])
      .flatMap(({ activityTaskCompletedEventAttributes: done }) => done?.result?.payloads ?? [])
      .map(({ data }) => Buffer.from(data ?? []).toString());
    const result = history.find((text) => text.includes('"policy_denied"'));
    expect(result).toContain('"rule":"mine/closed"');
    expect(history.some((text) => text.includes('"rule":"mine/shell"'))).toBe(true);
  });

  it.each([
    ['of the organisation', 'organisation', 'organisation'],
    ['of its project', 'project-web-shop', 'project'],
  ])('is denied by a rule %s that came meanwhile', async (_, name, scope) => {
    await configure(asking);
    const { runId, approval } = await waitingRun('touch', 'Web_Shop');
    const strict = profile(name, [{ name: 'no', tool: 'shell', verdict: 'deny' }], 'acceptEdits');
    await configure(asking, strict);

    await harness.client.decide({ approval: approval.approvalId, decision: 'approve' });

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    expect((await harness.client.getRun(runId)).effects).toEqual([]);
    const [denied] = await deniedIn(runId);
    expect(denied).toMatchObject({ rule: `${name}/no` });
    expect(denied?.['why']).toContainEqual(expect.stringContaining(`${scope}, as it stands now: `));
  });

  it('is done when another policy was changed, or its own was loosened', async () => {
    await configure(asking, profile('other', []));
    const { runId, approval } = await waitingRun('touch');
    const loose = profile('mine', [{ tool: 'shell', verdict: 'allow' }], 'acceptEdits');
    await configure(loose, profile('other', [{ tool: 'shell', verdict: 'deny' }]));

    await harness.client.decide({ approval: approval.approvalId, decision: 'approve' });

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    const { effects } = await harness.client.getRun(runId);
    expect(effects).toMatchObject([{ tool: 'shell', state: 'committed' }]);
  });

  it('is asked anew of those whom the mended rule names', async () => {
    await configure(asking);
    const { runId, approval } = await waitingRun('touch');
    const approver = { roles: ['sre'] };
    await configure(profile('mine', [{ tool: 'shell', verdict: 'ask', approval: approver }]));

    await harness.client.decide({ approval: approval.approvalId, decision: 'approve' });

    await openApproval(harness, runId, approval.approvalId);
    const opened = (await eventsOf(harness, runId)).filter(
      ({ type }) => type === 'approval.opened',
    );
    expect(opened).toMatchObject([{}, { data: { required: expect.stringContaining('role sre') } }]);
    expect((await harness.client.getRun(runId)).effects).toEqual([]);
    await harness.client.cancelRun(runId, 'seen');
    await harness.client.waitForRun(runId);
  });
});

describe('a call of a later turn', () => {
  it('is asked for when its rule was mended to ask, though the run began with allow', async () => {
    const first = { name: 'first', tool: 'shell', commandAllow: ['touch done.txt'] };
    const rules = [
      { ...first, verdict: 'ask' },
      { name: 'rest', tool: 'shell', verdict: 'allow' },
    ];
    await configure(profile('mine', rules));
    const { runId, approval } = await waitingRun('touch-twice');
    await configure(asking);

    await harness.client.decide({ approval: approval.approvalId, decision: 'approve' });

    const second = await openApproval(harness, runId, approval.approvalId);
    expect((await harness.client.getRun(runId)).effects).toHaveLength(1);
    await harness.client.decide({ approval: second.approvalId, decision: 'approve' });
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    expect((await harness.client.getRun(runId)).effects).toHaveLength(2);
  });

  it('is not read when a path was closed meanwhile', async () => {
    await configure(asking);
    const { runId, approval } = await waitingRun('touch-and-read');
    const closed = { name: 'closed', tool: '*', pathDeny: ['secret.txt'], verdict: 'deny' };
    await configure(profile('mine', [closed, ...asking.rules]));

    await harness.client.decide({ approval: approval.approvalId, decision: 'approve' });

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    const texts = await harness.client.transcript(runId);
    expect(JSON.stringify(texts)).not.toContain('the secret');
    expect(await deniedIn(runId)).toMatchObject([
      { tool: 'read_file', rule: 'mine/closed', before: { verdict: 'allow' } },
    ]);
  });
});
