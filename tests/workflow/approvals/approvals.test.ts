import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';
import { call, calling, goodbye, script, shell } from '../../support/runs/run-scripts.ts';
import {
  eventsOf,
  openApproval,
  start,
  textsOf,
  whenEvent,
  whenRun,
} from '../../support/runs/running-runs.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';

let harness: RunHarness;

const asking = calling(shell('printf made > made.txt'));
const question = calling(call('ask_person', { question: 'Which port?' }));

beforeAll(async () => {
  harness = await startRunHarness({
    scripts: [
      script('command', asking, goodbye),
      script('question', question, goodbye),
      script('long', asking, goodbye),
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

async function signal(runId: string, name: string, input: unknown): Promise<void> {
  await harness.temporal.workflow.getHandle(runId).signal(name, input);
}

async function patchOf(runId: string): Promise<string> {
  const { patch } = await harness.client.diffRun(runId);
  return Buffer.from(patch).toString();
}

describe('an approval', () => {
  it('lets a call happen when it is approved by update', async () => {
    const runId = await start(harness, 'command');
    const { approvalId } = await openApproval(harness, runId);

    const answer = await harness.client.decide({ approval: approvalId, decision: 'approve' });

    expect(answer).toMatchObject({ approvalId, state: 'approved', decidedBy: 'tester' });
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    expect(await patchOf(runId)).toContain('+made');
    const decided = await whenEvent(harness, runId, 'approval.decided');
    expect(decided).toMatchObject({ approvalId, by: 'tester', via: 'cli', state: 'approved' });
  });

  it('lets a call happen when it is approved by a plain signal, as unauthenticated', async () => {
    const runId = await start(harness, 'command');
    const { approvalId } = await openApproval(harness, runId);

    await signal(runId, 'approve', { approvalId });

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    expect(await patchOf(runId)).toContain('+made');
    const decided = await whenEvent(harness, runId, 'approval.decided');
    expect(decided).toMatchObject({ by: 'unauthenticated', via: 'signal' });
  });

  it.each(['update', 'signal'])(
    'keeps a call from happening when it is rejected by %s, and tells the model why',
    async (door) => {
      const runId = await start(harness, 'command');
      const { approvalId } = await openApproval(harness, runId);
      const reason = 'use the staging inventory';

      if (door === 'signal') await signal(runId, 'reject', { approvalId, reason });
      else await harness.client.decide({ approval: approvalId, decision: 'reject', reason });

      expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
      expect(await patchOf(runId)).toBe('');
      expect((await harness.client.getRun(runId)).effects).toEqual([]);
      const [told] = await textsOf(harness, runId, 'tool');
      expect(told).toContain('errorType: approval_rejected');
      expect(told).toContain(reason);
    },
  );

  it.each(['update', 'signal'])('brings an answer to the model by %s', async (door) => {
    const runId = await start(harness, 'question');
    const { approvalId, kind } = await openApproval(harness, runId);
    expect(kind).toBe('question');
    expect(await harness.client.getApproval(approvalId)).toMatchObject({ question: 'Which port?' });
    await whenRun(harness, runId, ({ pause }) => pause === 'question');

    await expect(
      harness.client.decide({ approval: approvalId, decision: 'approve' }),
    ).rejects.toMatchObject({ code: 'validation_error' });

    if (door === 'signal') await signal(runId, 'answer', { approvalId, answer: 'port 3002' });
    else {
      await harness.client.decide({
        approval: approvalId,
        decision: 'approve',
        answer: 'port 3002',
      });
    }

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    expect((await textsOf(harness, runId, 'tool')).join('\n')).toContain('port 3002');
  });

  it('lets the clock stand: a run whose time is shorter than the wait completes', async () => {
    const runId = await start(harness, 'long', { limits: { timeoutSeconds: 3 } });
    const { approvalId } = await openApproval(harness, runId);
    const { deadlineMs } = await whenRun(harness, runId, () => true);
    await whenRun(harness, runId, () => Date.now() > deadlineMs + 500);

    await harness.client.decide({ approval: approvalId, decision: 'approve' });

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    const types = (await eventsOf(harness, runId)).map(({ type }) => type);
    expect(types.filter((type) => type === 'effect.committed')).toHaveLength(1);
  });
});
