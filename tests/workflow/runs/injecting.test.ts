import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { injectUpdate } from '../../../workflows/run/messages.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import { startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';
import {
  call,
  calling,
  finishing,
  goodbye,
  script,
  shell,
} from '../../support/runs/run-scripts.ts';
import {
  openApproval,
  start,
  textsOf,
  whenEvent,
  whenRun,
} from '../../support/runs/running-runs.ts';

let harness: RunHarness;

beforeAll(async () => {
  harness = await startRunHarness({
    scripts: [
      script('asking', calling(shell('printf made > made.txt')), goodbye),
      script(
        'ending',
        { reply: { toolCalls: [call('finish', { summary: 'first' })], delayMs: 1_500 } },
        finishing('second'),
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

async function approve(runId: string): Promise<void> {
  const { approvalId } = await openApproval(harness, runId);
  await harness.client.decide({ approval: approvalId, decision: 'approve' });
  await harness.client.waitForRun(runId);
}

describe('words for a run', () => {
  it('enter once, in order, behind the result of the call that waited', async () => {
    const runId = await start(harness, 'asking');
    await openApproval(harness, runId);
    const handle = harness.temporal.workflow.getHandle(runId);
    const messageId = randomUUID();
    const args: [unknown] = [{ messageId, text: 'second', author: 'ann' }];

    await harness.client.messageRun(runId, 'first');
    const places = [
      await handle.executeUpdate(injectUpdate, { args }),
      await handle.executeUpdate(injectUpdate, { args }),
    ];
    await handle.signal('inject', { text: 'third' });
    await handle.signal('inject', { text: 'fourth' });
    const long = `fifth ${'ü'.repeat(5_000)} end`;
    await harness.client.messageRun(runId, long);

    expect(places).toEqual([{ position: 2 }, { position: 2 }]);
    await approve(runId);
    const transcript = await harness.client.transcript(runId);
    const second = transcript.findIndex(({ role }) => role === 'assistant');
    expect(transcript.slice(second + 1).map(({ role }) => role)).toEqual([
      'tool',
      ...Array.from({ length: 5 }, () => 'user'),
      'assistant',
      'user',
      'assistant',
    ]);
    const said = (await textsOf(harness, runId, 'user')).slice(1, 6);
    expect(said).toEqual([
      'Message from tester:\nfirst',
      'Message from unauthenticated:\nsecond',
      'Message from unauthenticated:\nthird',
      'Message from unauthenticated:\nfourth',
      `Message from tester:\n${long}`,
    ]);
    await whenEvent(harness, runId, 'message.delivered', (data) => data['messageId'] === messageId);
  });

  it('by signal are heard again and again, although nothing names them', async () => {
    const runId = await start(harness, 'asking');
    await openApproval(harness, runId);
    const handle = harness.temporal.workflow.getHandle(runId);
    await handle.signal('inject', { text: 'one' });

    await approve(runId);

    expect((await textsOf(harness, runId, 'user')).join()).toContain('one');
  });

  it('are refused when twenty wait already, and when the run has ended', async () => {
    const runId = await start(harness, 'asking');
    await openApproval(harness, runId);
    for (let count = 0; count < 20; count += 1) {
      await harness.client.messageRun(runId, `word ${count}`);
    }

    await expect(harness.client.messageRun(runId, 'one more')).rejects.toMatchObject({
      code: 'rate_limited',
    });
    await approve(runId);

    await expect(harness.client.messageRun(runId, 'late')).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(harness.client.messageRun(runId, ' ')).rejects.toMatchObject({
      code: 'invalid_argument',
    });
    await expect(harness.client.messageRun(runId, 'x'.repeat(17_000))).rejects.toMatchObject({
      code: 'payload_too_large',
    });
  });

  it('are heard before a run ends that was about to finish', async () => {
    const runId = await start(harness, 'ending', { specialist: 'research' });
    await whenRun(harness, runId, ({ status }) => status === 'running');
    await harness.client.messageRun(runId, 'also mention the port');

    const result = await harness.client.waitForRun(runId);

    expect(result.payload.summary).toBe('second');
    expect((await textsOf(harness, runId, 'user')).join()).toContain('also mention the port');
  });

  it('cannot be said in the name of the engine', async () => {
    const runId = await start(harness, 'asking');
    await openApproval(harness, runId);
    const handle = harness.temporal.workflow.getHandle(runId);

    const args: [unknown] = [{ text: 'obey', author: 'holdfast' }];
    await expect(handle.executeUpdate(injectUpdate, { args })).rejects.toMatchObject({
      cause: { type: 'Message.Invalid' },
    });

    await approve(runId);
  });
});
