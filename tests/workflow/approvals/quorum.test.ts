import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { decideApprovalUpdate, settleEffectUpdate } from '../../../workflows/run/messages.ts';
import { pollFor } from '../../support/poll.ts';
import { putUnknown } from '../../support/runs/put-unknown.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import { startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';
import { call, calling, goodbye, script, shell } from '../../support/runs/run-scripts.ts';
import {
  eventsOf,
  openApproval,
  start,
  stateOf,
  textsOf,
  whenEvent,
  whenRun,
} from '../../support/runs/running-runs.ts';
import { member, type Member } from '../../support/runs/team.ts';

let harness: RunHarness;
let ada: Member;
let bob: Member;
let dev: Member;

const rule = (name: string, approval: Record<string, unknown>) => ({
  name,
  tool: 'shell',
  commandAllow: [`printf ${name}`],
  verdict: 'ask',
  approval,
});

const team = {
  schemaVersion: 1,
  name: 'team',
  mode: 'acceptEdits',
  rules: [
    rule('two', { quorum: 2, roles: ['sre'] }),
    rule('duties', { roles: ['sre', 'admin'], separationOfDuties: true }),
    rule('short', { expiresAfterSeconds: 2 }),
    rule('escalated', {
      roles: ['sre'],
      reminder: false,
      escalation: [{ afterSeconds: 3, to: 'dev' }],
    }),
    rule('again', {
      roles: ['sre'],
      expiresAfterSeconds: 2,
      onTimeout: 'escalate',
      escalation: [{ afterSeconds: 3_600, to: 'dev' }],
    }),
    {
      tool: 'read_file',
      verdict: 'ask',
      approval: { expiresAfterSeconds: 1, onTimeout: 'approve', reminder: false },
    },
  ],
  limits: { maxTurns: 20, timeoutSeconds: 600, maxCostMicroUsd: 1_000_000 },
};

beforeAll(async () => {
  const names = ['two', 'duties', 'short', 'escalated', 'again'];
  harness = await startRunHarness({
    policies: [team],
    scripts: [
      ...names.map((name) => script(name, calling(shell(`printf ${name} > made.txt`)), goodbye)),
      script('read', calling(call('read_file', { path: 'hello.txt' })), goodbye),
    ],
  });
  ada = await member(harness, 'ada', ['sre']);
  bob = await member(harness, 'bob', ['sre']);
  dev = await member(harness, 'dev', ['dev']);
});

afterAll(async () => {
  try {
    await replayAll(harness);
  } finally {
    await Promise.all([ada, bob, dev].map(async ({ client }) => client.close()));
    await harness.stop();
  }
});

const request = { policy: 'team' };

async function completes(runId: string): Promise<void> {
  expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
}

async function made(runId: string): Promise<readonly string[]> {
  const { files } = await harness.client.diffRun(runId);
  return files.map(({ path }) => path);
}

/** The decision of a person by a raw update, signed by hand: another door than the command line's. */
async function byUpdate({ key }: Member, runId: string, approvalId: string): Promise<unknown> {
  const fields = { approvalId, decision: 'approve', decisionId: 'web', by: 'x', via: 'web' };
  const proof = key.sign({ message: 'decideApproval', runId, input: fields }, new Date());
  return harness.temporal.workflow
    .getHandle(runId)
    .executeUpdate(decideApprovalUpdate, { args: [{ ...fields, proof }] });
}

describe('a quorum of two of a role', () => {
  it('counts one person once over all doors, and waits for the second', async () => {
    const runId = await start(harness, 'two', request);
    const { approvalId: approval } = await openApproval(harness, runId);
    expect(await ada.client.getApproval(approval)).toMatchObject({ required: '2 of role sre' });

    const first = await ada.client.decide({ approval, decision: 'approve' });
    const again = await byUpdate(ada, runId, approval);

    const waiting = { state: 'open', missing: 'approved so far by 1 of 2 of role sre' };
    expect([first, again]).toMatchObject([waiting, waiting]);
    const counted = await whenEvent(harness, runId, 'approval.counted', ({ via }) => via === 'web');
    expect(counted).toMatchObject({ by: 'ada', keyId: ada.key.keyId });
    const { decisions } = await harness.client.getApproval(approval);
    expect(decisions).toMatchObject([{ by: 'ada' }, { by: 'ada' }]);

    const last = await bob.client.decide({ approval, decision: 'approve' });
    expect(last).toMatchObject({ state: 'approved', decidedBy: 'bob' });
    await completes(runId);
    expect(await made(runId)).toEqual(['made.txt']);
  });

  it('is asked for by what became of such a call too: nobody else settles it', async () => {
    const runId = await start(harness, 'two', request);
    const { approvalId: approval } = await openApproval(harness, runId);
    const callId = approval.replace(/\/a\d+$/, '');
    const gone = { host: 'gone', boot: '', pid: 1, startedTicks: '' };
    await putUnknown(harness.db, { runId, callId, digest: 'of a lost call', owner: gone });
    await ada.client.decide({ approval, decision: 'approve' });
    await bob.client.decide({ approval, decision: 'approve' });
    await whenRun(harness, runId, ({ pause }) => pause === 'effect_unknown');
    const settled = { callId, settlement: 'run-again', reason: 'tried', by: 'ada' };

    const raw = harness.temporal.workflow
      .getHandle(runId)
      .executeUpdate(settleEffectUpdate, { args: [settled] });

    await expect(raw).rejects.toMatchObject({ cause: { type: 'unauthenticated' } });
    const seen = { effect: callId, settlement: 'happened', reason: 'seen' } as const;
    await expect(dev.client.settleEffect(seen)).rejects.toMatchObject({
      code: 'permission_denied',
      message: expect.stringContaining('2 of role sre'),
    });
    await ada.client.settleEffect(seen);
    await completes(runId);
    const events = await eventsOf(harness, runId);
    const refused = events.filter(({ type }) => type === 'message.refused');
    const data = { signal: 'settleEffect' };
    expect(refused).toMatchObject([{ data }, { data }]);
  });

  it('takes no plain signal, no name without a proof and no other role; each is recorded', async () => {
    const runId = await start(harness, 'two', request);
    const { approvalId } = await openApproval(harness, runId);
    const handle = harness.temporal.workflow.getHandle(runId);

    await handle.signal('approve', { approvalId });
    const raw = handle.executeUpdate(decideApprovalUpdate, {
      args: [{ approvalId, decision: 'approve', by: 'ada' }],
    });
    await expect(raw).rejects.toMatchObject({ cause: { type: 'unauthenticated' } });
    await expect(
      dev.client.decide({ approval: approvalId, decision: 'approve' }),
    ).rejects.toMatchObject({ code: 'permission_denied' });
    await expect(
      ada.client.decide({ approval: approvalId, decision: 'approve', remember: 'printf *' }),
    ).rejects.toMatchObject({ code: 'validation_error' });

    await pollFor('all three are recorded', async () => {
      const events = await eventsOf(harness, runId);
      return events.filter(({ type }) => type === 'message.refused').length >= 3 || undefined;
    });
    expect((await stateOf(harness, runId)).approvals).toMatchObject([{ approvalId }]);
    const no = await bob.client.decide({
      approval: approvalId,
      decision: 'reject',
      reason: 'not now',
    });
    expect(no).toMatchObject({ state: 'rejected', decidedBy: 'bob' });
    await completes(runId);
    expect((await textsOf(harness, runId, 'tool')).join()).toContain('not now');
  });

  it('asks anew when a person lost the say before the call runs', async () => {
    const carl = await member(harness, 'carl', ['sre']);
    const runId = await start(harness, 'two', request);
    const { approvalId } = await openApproval(harness, runId);
    await carl.client.decide({ approval: approvalId, decision: 'approve' });
    await harness.client.removePerson('carl');

    await ada.client.decide({ approval: approvalId, decision: 'approve' });

    const next = await openApproval(harness, runId, approvalId);
    const refused = await whenEvent(harness, runId, 'message.refused');
    expect(refused).toMatchObject({ approvalId, reason: expect.stringContaining('proof') });
    await ada.client.decide({ approval: next.approvalId, decision: 'approve' });
    await bob.client.decide({ approval: next.approvalId, decision: 'approve' });
    await completes(runId);
    await carl.client.close();
  });
});

describe('separation of duties', () => {
  it('keeps who started the run from approving, with an event; somebody else may', async () => {
    const runId = await start(harness, 'duties', request);
    const { approvalId: approval } = await openApproval(harness, runId);

    await expect(harness.client.decide({ approval, decision: 'approve' })).rejects.toMatchObject({
      code: 'permission_denied',
    });

    const refused = await whenEvent(harness, runId, 'message.refused');
    expect(refused).toMatchObject({ approvalId: approval, by: 'tester' });
    await ada.client.decide({ approval, decision: 'approve' });
    await completes(runId);
  });

  it('asks anew for what somebody changed, and keeps that person from approving it', async () => {
    const runId = await start(harness, 'duties', request);
    const { approvalId } = await openApproval(harness, runId);

    const changed = await ada.client.decide({
      approval: approvalId,
      decision: 'approve',
      arguments: { command: 'printf duties > changed.txt' },
    });

    expect(changed).toMatchObject({ state: 'superseded' });
    const { approvalId: approval, subject } = await openApproval(harness, runId, approvalId);
    expect(subject).toContain('changed.txt');
    await expect(ada.client.decide({ approval, decision: 'approve' })).rejects.toMatchObject({
      code: 'permission_denied',
    });
    await bob.client.decide({ approval, decision: 'approve' });
    await completes(runId);
    expect(await made(runId)).toEqual(['changed.txt']);
  });
});

describe('an approval that nobody decides', () => {
  it('is rejected when its time is over, after one reminder at half of it', async () => {
    const runId = await start(harness, 'short', request);
    const { approvalId } = await openApproval(harness, runId);

    await completes(runId);

    expect((await textsOf(harness, runId, 'tool')).join()).toContain('approval_expired');
    expect(await made(runId)).toEqual([]);
    const types = (await eventsOf(harness, runId)).map(({ type }) => type);
    expect(types.filter((type) => type === 'approval.reminded')).toHaveLength(1);
    expect(types.indexOf('approval.reminded')).toBeLessThan(types.indexOf('approval.expired'));
    const late = harness.client.decide({ approval: approvalId, decision: 'approve' });
    await expect(late).rejects.toMatchObject({ code: 'conflict' });
  });

  it('happens by itself where policy says so, for what only reads', async () => {
    const workspace = harness.makeProject({ 'hello.txt': 'hello there' });
    const runId = await start(harness, 'read', { ...request, workspace });

    await completes(runId);

    expect((await textsOf(harness, runId, 'tool')).join()).toContain('hello there');
    const decided = await whenEvent(harness, runId, 'approval.decided');
    expect(decided).toMatchObject({ by: 'policy', state: 'approved' });
  });

  it('reaches the next of the chain at its expiry, and waits its whole time once more', async () => {
    const runId = await start(harness, 'again', request);
    const { approvalId: approval } = await openApproval(harness, runId);

    const escalated = await whenEvent(harness, runId, 'approval.escalated');
    expect(escalated).toMatchObject({ approvalId: approval, step: 1, to: 'dev' });

    await dev.client.decide({ approval, decision: 'approve' });
    await completes(runId);
  });

  it('is escalated once, when the worker that was down at the time is back', async () => {
    const alone = await startRunHarness({
      policies: [team],
      workers: 0,
      scripts: [script('escalated', calling(shell('printf escalated > made.txt')), goodbye)],
    });
    try {
      const worker = await alone.startWorker();
      const runId = await start(alone, 'escalated', request);
      const { approvalId: approval } = await openApproval(alone, runId);
      worker.kill('SIGKILL');
      await worker.exited;
      await alone.recoverFrom(worker);
      const [row] = await alone.db.selectFrom('approvals').select('requested_at').execute();
      const dueMs = (row?.requested_at.getTime() ?? 0) + 4_000;
      await pollFor(
        'the time of the escalation is over',
        async () => Date.now() > dueMs || undefined,
      );
      expect((await eventsOf(alone, runId)).map(({ type }) => type)).not.toContain(
        'approval.escalated',
      );

      await alone.startWorker();

      await whenEvent(alone, runId, 'approval.escalated');
      const deputy = await member(alone, 'deputy', ['dev']);
      await deputy.client.decide({ approval, decision: 'approve' });
      expect(await alone.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
      const types = (await eventsOf(alone, runId)).map(({ type }) => type);
      expect(types.filter((type) => type === 'approval.escalated')).toHaveLength(1);
      await deputy.client.close();
    } finally {
      await alone.stop();
    }
  });
});
