import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NativeConnection, Worker } from '@temporalio/worker';

import { upkeepIdOf, type DutyInput } from '../../../domain/upkeep/activities.ts';
import { startUpkeep } from '../../../workers/instance/servers/start-upkeep.ts';
import { pollFor } from '../../support/poll.ts';
import {
  beQuiet,
  executionsOf,
  replayAll,
  workflowBundle,
} from '../../support/runs/replay-histories.ts';
import { startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';

const place = { namespace: 'default', taskQueue: 'holdfast', tenant: 'default' };
let harness: RunHarness;

beforeAll(async () => {
  beQuiet();
  harness = await startRunHarness({ scripts: [], workers: 0 });
});
afterAll(async () => {
  await harness.stop();
});

async function executions(): Promise<readonly string[]> {
  const all = await executionsOf(harness);
  return all
    .filter(({ workflowId }) => workflowId === upkeepIdOf('default'))
    .map(({ executionId }) => executionId);
}

describe('upkeepWorkflow', () => {
  it('is started once, does its duties together in rounds, and continues as new with a short history', async () => {
    const { connection } = harness.temporal;
    const seen: (readonly [string, DutyInput])[] = [];
    const duty = (name: string) => async (input: DutyInput) => {
      seen.push([name, input]);
      return Promise.resolve({ count: 0 });
    };
    const native = await NativeConnection.connect({ address: harness.temporalAddress });
    const worker = await Worker.create({
      connection: native,
      taskQueue: place.taskQueue,
      workflowBundle: { codePath: fileURLToPath(workflowBundle) },
      activities: {
        sequenceOutbox: duty('sequenceOutbox'),
        commitOutcomes: duty('commitOutcomes'),
        repairRuns: duty('repairRuns'),
        pruneData: duty('pruneData'),
      },
    });
    await startUpkeep(connection, place);
    await startUpkeep(connection, place);

    await worker.runUntil(
      pollFor('it has continued as new', async () =>
        (await executions()).length > 1 ? true : undefined,
      ),
    );
    await native.close();

    // All of a round end together.
    expect(seen[0]?.[1]).toEqual(seen[1]?.[1]);
    expect(seen[0]?.[1]).toMatchObject({ tenant: 'default' });
    expect(new Set(seen.map(([name]) => name))).toEqual(
      new Set(['sequenceOutbox', 'commitOutcomes', 'repairRuns', 'pruneData']),
    );
    const all = await executionsOf(harness);
    expect(Math.max(...all.map(({ events }) => events))).toBeLessThan(1_000);
    await replayAll(harness);
  });

  it('refuses an id that names no tenant', async () => {
    await harness.startWorker();
    const handle = await harness.temporal.workflow.start('upkeepWorkflow', {
      workflowId: 'somebody-else',
      taskQueue: place.taskQueue,
      args: [],
    });

    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'invalid_argument' } });
  });
});
