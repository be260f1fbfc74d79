import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { killAndReap, startDoomed } from '../support/kill/kill-worker.ts';
import { pollFor } from '../support/poll.ts';
import { conversation, startRunHarness, type RunHarness } from '../support/runs/run-harness.ts';
import { call, calling, finishing, script } from '../support/runs/run-scripts.ts';

let harness: RunHarness;

beforeAll(async () => {
  const scripts = [script('short', calling(call('list_files')), finishing('done'))];
  harness = await startRunHarness({ scripts, workers: 0 });
});

afterAll(async () => harness.stop());

describe('a worker that is killed in the middle of a model call', () => {
  it('leaves a reservation that counts as spent; the run goes on, and the sums do not drift', async () => {
    await harness.client.setBudget({ name: 'all', scope: 'tenant', maxUsd: 5 });
    const doomed = await startDoomed(harness, { phase: 'model-asked', nth: 2 });
    doomed.arm();
    const { runId } = await harness.client.startRun({
      request: { prompt: `do it ${conversation('short')}`, specialist: 'research' },
    });
    await pollFor('the second call is under way', () => doomed.isStopped() || undefined);
    await killAndReap(doomed.worker);
    const [cut] = (await harness.client.getBudget('all')).counters;

    await harness.startWorker();
    await harness.recoverFrom(doomed.worker);
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });

    expect(cut?.reserved.calls).toBe(1);
    const [counter] = (await harness.client.getBudget('all')).counters;
    expect(counter).toMatchObject({
      reserved: { microUsd: 0, tokens: 0, calls: 0 },
      spent: { calls: 3 },
    });
    const { total } = await harness.client.costs({ by: 'run' });
    expect(counter?.spent.microUsd).toBe(total.costMicroUsd);
    expect(total).toMatchObject({ calls: 3, estimatedCalls: 1, unknownCalls: 0 });
  });
});
