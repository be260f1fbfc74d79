import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { replayAll } from '../../support/runs/replay-histories.ts';
import { startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';
import { call, calling, finishing, saying, script } from '../../support/runs/run-scripts.ts';
import { eventsOf, openApproval, start, textsOf } from '../../support/runs/running-runs.ts';

let harness: RunHarness;

const listing = calling(call('list_files'));
const dear = { usage: { promptTokens: 1_000, completionTokens: 1_000 } };

beforeAll(async () => {
  harness = await startRunHarness({
    scripts: [
      script('endless', {
        reply: {
          text: 'I look at {{position}}.',
          toolCalls: [call('read_file', { path: '{{position}}.txt' })],
        },
        repeat: 50,
      }),
      script('stalling', { ...listing, repeat: 50 }),
      script('silent', { faults: [{ type: 'stall' }] }),
      script('dear', { reply: { toolCalls: [call('list_files')], ...dear } }, finishing('done')),
      script('chatty', saying('I am done, I think.', 2)),
      script('reminded', saying('I am done, I think.'), finishing('properly')),
      script(
        'failing',
        calling(call('read_file', { path: 'none.txt' }), call('finish', { summary: 'early' })),
        finishing('late'),
      ),
      script(
        'crowded',
        calling(...Array.from({ length: 20 }, () => call('list_files'))),
        finishing('done'),
      ),
      script(
        'clumsy',
        calling(call('no_such_tool', {}), call('read_file', '{not json')),
        calling(call('read_file', { path: 7 }), call('finish', {})),
        calling(call('finish', { summary: '  ' })),
        finishing('done'),
      ),
      script(
        'edits',
        ...['one', 'two', 'three', 'four'].map((text) =>
          calling(call('write_file', { path: 'same.txt', content: text })),
        ),
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

const research = { specialist: 'research' };

describe('a run with limits', () => {
  it('ends after its last turn with what it said last', async () => {
    const runId = await start(harness, 'endless', { ...research, limits: { maxTurns: 3 } });

    const result = await harness.client.waitForRun(runId);

    expect(result).toMatchObject({
      status: 'failed',
      stopReason: 'max_turns',
      payload: { finishedBy: 'limit', summary: 'I look at 2.' },
    });
    expect((await harness.client.getRun(runId)).turn).toBe(3);
    // The answer of the last call, which no model has read.
    const [last] = (await harness.client.transcript(runId)).slice(-1);
    expect(last).toMatchObject({ role: 'tool', callId: expect.stringMatching(/t3\/c0$/) });
    expect(last?.text).toContain('2.txt');
  });

  it('ends a model call that stalls when its time is over', async () => {
    const runId = await start(harness, 'silent', { ...research, limits: { timeoutSeconds: 3 } });

    const result = await harness.client.waitForRun(runId);

    expect(result).toMatchObject({ status: 'timed_out', stopReason: 'time' });
    const { createdAt, endedAt } = await harness.client.getRun(runId);
    expect(Date.parse(endedAt ?? '') - Date.parse(createdAt)).toBeLessThan(20_000);
  });

  it('asks for more money, and ends when a person says no', async () => {
    const limits = { maxCostMicroUsd: 100 };
    const runId = await start(harness, 'dear', { ...research, limits });
    const { approvalId, kind } = await openApproval(harness, runId);
    expect(kind).toBe('budget');

    await harness.client.decide({ approval: approvalId, decision: 'reject', reason: 'too dear' });

    expect(await harness.client.waitForRun(runId)).toMatchObject({
      status: 'failed',
      stopReason: 'cost',
    });
    const { message } = await harness.client.getRun(runId);
    expect(message).toContain('did not raise');
  });

  it('goes on with more money, by an amount or by what it asked for', async () => {
    const limits = { maxCostMicroUsd: 100 };
    const runId = await start(harness, 'dear', { ...research, limits });
    const first = await openApproval(harness, runId);
    // A plain signal names no amount: it allows what was asked for, which is one call.
    await harness.temporal.workflow
      .getHandle(runId)
      .signal('approve', { approvalId: first.approvalId });
    const second = await openApproval(harness, runId, first.approvalId);

    await harness.client.decide({
      approval: second.approvalId,
      decision: 'approve',
      raiseMicroUsd: 10_000_000,
    });

    const result = await harness.client.waitForRun(runId);
    expect(result).toMatchObject({ status: 'completed', payload: { summary: 'done' } });
    expect(result.costMicroUsd).toBeGreaterThan(100);
    const types = (await eventsOf(harness, runId)).map(({ type }) => type);
    expect(types.filter((type) => type === 'budget.exceeded')).toHaveLength(2);
  });

  it('ends when the agent does the same for ever, after two nudges', async () => {
    const runId = await start(harness, 'stalling', research);

    expect(await harness.client.waitForRun(runId)).toMatchObject({ stopReason: 'stall' });

    const types = (await eventsOf(harness, runId)).map(({ type }) => type);
    expect(types.filter((type) => type === 'stall.detected')).toHaveLength(2);
    expect((await harness.client.getRun(runId)).turn).toBeLessThan(12);
  });

  it.each(['edits'])(
    'does not take different steps with like results for a stall: %s',
    async (name) => {
      const runId = await start(harness, name);

      await harness.client.waitForRun(runId);

      const types = (await eventsOf(harness, runId)).map(({ type }) => type);
      expect(types).not.toContain('stall.detected');
    },
  );
});

describe('a finish', () => {
  it('by plain words counts after one reminder', async () => {
    const runId = await start(harness, 'chatty', research);

    expect(await harness.client.waitForRun(runId)).toMatchObject({
      status: 'completed',
      payload: { finishedBy: 'plain_text', summary: 'I am done, I think.' },
    });
    const [, reminder, ...more] = await textsOf(harness, runId, 'user');
    expect(reminder).toContain('call finish');
    expect(more).toEqual([]);
  });

  it('by the tool after the reminder is the one that counts', async () => {
    const runId = await start(harness, 'reminded', research);

    expect(await harness.client.waitForRun(runId)).toMatchObject({
      payload: { finishedBy: 'finish', summary: 'properly' },
    });
  });

  it('is held back when a call beside it failed', async () => {
    const runId = await start(harness, 'failing', research);

    expect((await harness.client.waitForRun(runId)).payload.summary).toBe('late');
    expect((await textsOf(harness, runId, 'tool')).join('\n')).toContain('held back');
  });
});

describe('a turn', () => {
  it('takes up sixteen calls at most, and goes on', async () => {
    const runId = await start(harness, 'crowded', research);

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    const events = await eventsOf(harness, runId);
    expect(events.filter(({ type }) => type === 'tool.requested')).toHaveLength(17);
  });

  it('keeps in the transcript why the last calls were impossible', async () => {
    const limits = { maxTurns: 2 };
    const runId = await start(harness, 'clumsy', { ...research, limits });

    await harness.client.waitForRun(runId);

    const [path, finish] = (await textsOf(harness, runId, 'tool')).slice(-2);
    expect(path).toMatch(/toolName: read_file\nerrorType: validation_error\nerrorMessage: .*path/);
    expect(finish).toMatch(
      /toolName: finish\nerrorType: validation_error\nerrorMessage: .*summary/,
    );
  });

  it('answers unknown tools, malformed arguments and invalid finishes to the model', async () => {
    const runId = await start(harness, 'clumsy', research);

    expect(await harness.client.waitForRun(runId)).toMatchObject({ payload: { summary: 'done' } });
    const told = (await textsOf(harness, runId, 'tool')).join('\n');
    expect(told).toContain('errorType: not_found');
    expect(told).toMatch(/errorType: validation_error\nerrorMessage: .*summary/);
    const history = await harness.temporal.workflow.getHandle(runId).fetchHistory();
    const failed = history.events?.filter((event) => event.activityTaskFailedEventAttributes);
    expect(failed).toEqual([]);
  });
});
