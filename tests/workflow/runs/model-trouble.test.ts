import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { pollFor } from '../../support/poll.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import {
  startRunHarness,
  type RunHarness,
  type TestWorker,
} from '../../support/runs/run-harness.ts';
import { finishing, script } from '../../support/runs/run-scripts.ts';
import { eventsOf, start, stateOf, whenRun } from '../../support/runs/running-runs.ts';

let harness: RunHarness;
let worker: TestWorker;

const status = (code: number, times: number, headers: Record<string, string> = {}) => ({
  type: 'status' as const,
  status: code,
  headers,
  times,
});
const done = finishing('done');

beforeAll(async () => {
  harness = await startRunHarness({
    workers: 0,
    models: [
      {
        key: 'keyless',
        backend: 'generic',
        baseUrl: 'http://127.0.0.1:9/v1',
        model: 'm',
        apiKey: { env: 'HOLDFAST_TEST_NO_SUCH_KEY' },
      },
      { key: 'gone', backend: 'generic', baseUrl: 'http://127.0.0.1:9/v1', model: 'm' },
    ],
    scripts: [
      script('limited', { ...done, faults: [status(429, 1, { 'retry-after': '1' })] }),
      script('long-limited', { ...done, faults: [status(429, 1, { 'retry-after': '300' })] }),
      script('shaky', { ...done, faults: [status(503, 1)] }),
      script('refused', { ...done, faults: [status(400, 1)] }),
      script('unauthorised', { ...done, faults: [status(401, 1)] }),
      script('broken', { ...done, faults: [status(500, 9)] }),
    ],
  });
  worker = await harness.startWorker();
});

afterAll(async () => {
  try {
    await replayAll(harness);
  } finally {
    await harness.stop();
  }
});

const research = { specialist: 'research' };

async function pendingOf(runId: string): Promise<{ activities: number; timers: number }> {
  const { raw } = await harness.temporal.workflow.getHandle(runId).describe();
  const history = await harness.temporal.workflow.getHandle(runId).fetchHistory();
  const count = (key: 'timerStartedEventAttributes' | 'timerFiredEventAttributes'): number =>
    (history.events ?? []).filter((event) => event[key]).length;
  return {
    activities: raw.pendingActivities?.length ?? 0,
    timers: count('timerStartedEventAttributes') - count('timerFiredEventAttributes'),
  };
}

describe('a run whose model is in trouble', () => {
  it.each(['limited', 'shaky'])('tries again and completes: %s', async (name) => {
    const runId = await start(harness, name, research);

    expect(await harness.client.waitForRun(runId)).toMatchObject({ payload: { summary: 'done' } });

    const types = (await eventsOf(harness, runId)).map(({ type }) => type);
    expect(types.filter((type) => type === 'model.failed')).toHaveLength(1);
    expect(types.filter((type) => type === 'model.call')).toHaveLength(1);
  });

  it('waits long on a durable timer, with no activity open, over the death of its worker', async () => {
    const runId = await start(harness, 'long-limited', research);
    const waiting = await pollFor('the run waits on a timer', async () => {
      const pending = await pendingOf(runId);
      return pending.timers === 1 && pending.activities === 0 ? pending : undefined;
    });
    expect(waiting).toEqual({ activities: 0, timers: 1 });
    worker.kill('SIGKILL');
    await worker.exited;
    await harness.recoverFrom(worker);
    worker = await harness.startWorker();

    expect(await pendingOf(runId)).toEqual({ activities: 0, timers: 1 });

    // A pause ends the wait; whoever resumes the run asks the model at once.
    await harness.client.pauseRun(runId, undefined);
    await whenRun(harness, runId, ({ pause }) => pause === 'person');
    await harness.client.resumeRun(runId, undefined);
    expect(await harness.client.waitForRun(runId)).toMatchObject({ payload: { summary: 'done' } });
  });

  it.each(['refused', 'unauthorised'])(
    'pauses when no model answers, says why, and goes on when it is resumed: %s',
    async (name) => {
      const runId = await start(harness, name, research);
      await whenRun(harness, runId, ({ pause }) => pause === 'model_unavailable');
      const run = await pollFor('the index says so', async () => {
        const found = await harness.client.getRun(runId);
        return found.status === 'paused' ? found : undefined;
      });
      expect(run).toMatchObject({
        pause: 'model_unavailable',
        message: expect.stringContaining('scripted'),
      });

      await harness.client.resumeRun(runId, undefined);

      expect(await harness.client.waitForRun(runId)).toMatchObject({
        payload: { summary: 'done' },
      });
    },
  );

  it('pauses when the key is missing, and can be cancelled', async () => {
    const runId = await start(harness, 'any', { ...research, model: 'keyless' });
    await whenRun(harness, runId, ({ pause }) => pause === 'model_unavailable');
    const message = await pollFor('the index says why', async () => {
      const found = await harness.client.getRun(runId);
      return found.message ?? undefined;
    });
    expect(message).toContain('HOLDFAST_TEST_NO_SUCH_KEY');

    await harness.client.cancelRun(runId, 'no key');

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'cancelled' });
  });

  it('ends with its time, not as a fault of the engine, when the endpoint stays down', async () => {
    const limits = { timeoutSeconds: 3 };
    const runId = await start(harness, 'any', { ...research, model: 'gone', limits });

    expect(await harness.client.waitForRun(runId)).toMatchObject({
      status: 'timed_out',
      stopReason: 'time',
    });
  });

  it('pauses after three faults, with the clock standing', async () => {
    const runId = await start(harness, 'broken', research);
    await whenRun(harness, runId, ({ pause }) => pause === 'model_unavailable');

    const { deadlineMs, turn } = await stateOf(harness, runId);
    expect([turn, deadlineMs > Date.now()]).toEqual([0, true]);
    await harness.client.cancelRun(runId, 'enough');
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'cancelled' });
  });
});
