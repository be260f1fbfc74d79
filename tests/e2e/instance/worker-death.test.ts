import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';

import { startTestInstance, type TestInstance } from '../../support/instance/instance.ts';
import { pollFor } from '../../support/poll.ts';

jest.setTimeout(60_000);

const program = fileURLToPath(new URL('../../support/recovery-worker.mjs', import.meta.url));

describe('a worker that is killed in the middle of an activity', () => {
  let instance: TestInstance;
  let connection: Connection;

  beforeAll(async () => {
    instance = await startTestInstance({ HOLDFAST_WORKER_PROGRAM: program });
    connection = await Connection.connect({ address: instance.temporalAddress });
  });
  afterAll(async () => {
    await connection.close();
    await instance.stop();
  });

  it('is restarted, and its run goes on at once instead of after its time-outs', async () => {
    const client = new Client({ connection });
    const handle = await client.workflow.start('recoveryWorkflow', {
      taskQueue: instance.taskQueue,
      workflowId: 'recovery',
      args: [],
    });
    await pollFor('the activity runs', async () => {
      const { raw } = await handle.describe();
      return raw.pendingActivities?.find(
        ({ attempt, lastStartedTime }) => attempt === 1 && Boolean(lastStartedTime),
      );
    });
    const { worker } = instance.record().parts;

    const killed = performance.now();
    process.kill(worker?.process?.pid ?? 0, 'SIGKILL');
    const attempt = await handle.result();
    const tookMs = performance.now() - killed;

    expect(attempt).toBe(2);
    // Starting this worker bundles its workflow, which is most of it; its time-outs are minutes.
    expect(tookMs).toBeLessThan(15_000);
  });
});
