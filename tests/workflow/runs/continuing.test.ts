import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { decideApprovalUpdate } from '../../../workflows/run/messages.ts';
import { executionsOf, replayAll } from '../../support/runs/replay-histories.ts';
import { startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';
import { call, calling, goodbye, saying, script, shell } from '../../support/runs/run-scripts.ts';
import {
  eventsOf,
  openApproval,
  start,
  stateOf,
  textsOf,
  whenRun,
} from '../../support/runs/running-runs.ts';
import { pollFor } from '../../support/poll.ts';

let harness: RunHarness;

const turns = 30;
const write = calling(
  call('write_file', { path: 'log-{{position}}.txt', content: '{{position}}' }),
);

beforeAll(async () => {
  harness = await startRunHarness({
    continueAsNewAfter: 40,
    scripts: [
      script('long', { ...write, repeat: turns }, goodbye),
      script(
        'people',
        calling(shell('printf a > a.txt')),
        { ...write, repeat: 4 },
        calling(shell('printf b > b.txt'), shell('touch c.txt')),
        { ...write, repeat: 4 },
        saying('bye', 2),
      ),
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

async function executions(runId: string): Promise<number> {
  const all = await executionsOf(harness);
  return all.filter(({ workflowId }) => workflowId === runId).length;
}

/** Makes the history grow without a step of the run, until it continues as new. */
async function pushOver(runId: string): Promise<void> {
  const before = await executions(runId);
  const handle = harness.temporal.workflow.getHandle(runId);
  await pollFor('the run continues as new', async () => {
    await handle.signal('wake');
    return (await executions(runId)) > before ? true : undefined;
  });
}

describe('continue-as-new', () => {
  it('happens several times in a long run: every effect happens once, every word is heard once', async () => {
    const runId = await start(harness, 'long');
    const words = Array.from({ length: 15 }, (_, index) => `word-${index}.`);
    for (const word of words) await harness.client.messageRun(runId, word);

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });

    expect(await executions(runId)).toBeGreaterThan(3);
    const all = (await executionsOf(harness)).filter(({ workflowId }) => workflowId === runId);
    expect(Math.max(...all.map(({ events }) => events))).toBeLessThan(80);
    const { effects, turn } = await harness.client.getRun(runId);
    expect(turn).toBe(turns + 2);
    expect(effects.map(({ effectSeq }) => effectSeq)).toEqual(
      Array.from({ length: turns }, (_, index) => index + 1),
    );
    const types = (await eventsOf(harness, runId)).map(({ type }) => type);
    expect(types.filter((type) => type === 'effect.committed')).toHaveLength(turns);
    expect((await harness.client.diffRun(runId)).files).toHaveLength(turns);
    const said = (await textsOf(harness, runId, 'user')).join('\n');
    expect(words.map((word) => said.split(word).length - 1)).toEqual(words.map(() => 1));
  });

  it('carries open approvals, grants, words, pauses and decisions', async () => {
    const runId = await start(harness, 'people');
    const handle = harness.temporal.workflow.getHandle(runId);
    const first = await openApproval(harness, runId);
    await harness.client.messageRun(runId, 'said before');
    await pushOver(runId);
    const input = {
      approvalId: first.approvalId,
      decision: 'approve',
      remember: { pattern: 'printf *' },
      decisionId: 'd-1',
      by: 'ann',
    };
    expect((await stateOf(harness, runId)).approvals).toEqual([first]);
    const answer = await handle.executeUpdate(decideApprovalUpdate, {
      args: [input],
      updateId: 'd-1',
    });

    // Its sibling is covered by the grant; this one is not.
    const second = await openApproval(harness, runId, first.approvalId);
    expect(second.subject).toContain('touch');
    await harness.client.pauseRun(runId, undefined);
    await whenRun(harness, runId, ({ pause }) => pause === 'person');
    await pushOver(runId);
    expect(await stateOf(harness, runId)).toMatchObject({
      status: 'paused',
      pause: 'person',
      approvals: [{ approvalId: second.approvalId }],
      grants: [{ pattern: 'printf *' }],
    });
    // The execution that took it is gone, so is Temporal's memory of the update's id.
    const again = await handle.executeUpdate(decideApprovalUpdate, {
      args: [input],
      updateId: 'd-1',
    });
    expect(again).toMatchObject(answer);
    await harness.client.decide({ approval: second.approvalId, decision: 'approve' });
    await harness.client.resumeRun(runId, undefined);

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    const { effects } = await harness.client.getRun(runId);
    expect(effects).toHaveLength(11);
    expect(new Set(effects.map(({ effectSeq }) => effectSeq)).size).toBe(11);
    const said = (await textsOf(harness, runId, 'user')).filter((text) =>
      text.includes('said before'),
    );
    expect(said).toHaveLength(1);
    const types = (await eventsOf(harness, runId)).map(({ type }) => type);
    for (const [type, count] of [
      ['approval.opened', 2],
      ['approval.decided', 2],
      ['run.paused', 1],
      ['run.resumed', 1],
    ] as const) {
      expect([type, types.filter((each) => each === type).length]).toEqual([type, count]);
    }
  });

  it('does not lose a cancel', async () => {
    const runIds = await Promise.all(Array.from({ length: 4 }, async () => start(harness, 'long')));

    await Promise.all(
      runIds.map(async (runId, index) => {
        await whenRun(harness, runId, ({ turn }) => turn > 4 + index);
        await harness.client.cancelRun(runId, 'enough');
      }),
    );

    for (const runId of runIds) {
      expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'cancelled' });
    }
  });
});
