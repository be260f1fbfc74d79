import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { pollFor } from '../../support/poll.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import {
  startRunHarness,
  type RunHarness,
  type TestWorker,
} from '../../support/runs/run-harness.ts';
import {
  call,
  calling,
  finishing,
  goodbye,
  script,
  shell,
} from '../../support/runs/run-scripts.ts';
import {
  eventsOf,
  openApproval,
  start,
  stateOf,
  whenEvent,
  whenRun,
} from '../../support/runs/running-runs.ts';

let harness: RunHarness;
let worker: TestWorker;

beforeAll(async () => {
  harness = await startRunHarness({
    workers: 0,
    scripts: [
      script('asking', calling(shell('printf made > made.txt')), goodbye),
      script('sleeping', calling(shell('printf a > a.txt; sleep 97')), goodbye),
      script(
        'talking',
        { reply: { text: 'one', toolCalls: [call('list_files')], delayMs: 300 } },
        { reply: { text: 'two', toolCalls: [call('git_status')], delayMs: 300 } },
        finishing('done'),
      ),
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

describe('a pause', () => {
  it.each(['update', 'signal'])('by %s holds the run before its next step', async (door) => {
    const runId = await start(harness, 'talking', research);
    await whenRun(harness, runId, ({ status }) => status === 'running');
    const handle = harness.temporal.workflow.getHandle(runId);

    if (door === 'update') await harness.client.pauseRun(runId, 'lunch');
    else await handle.signal('pause', { reason: 'lunch' });

    await whenRun(harness, runId, ({ pause }) => pause === 'person');
    const { turn } = await stateOf(harness, runId);
    expect(turn).toBeLessThan(3);
    const inbox = await pollFor('it stands in the inbox', async () => {
      const items = await harness.client.inbox();
      return items.find((item) => item.runId === runId);
    });
    expect(inbox).toMatchObject({ kind: 'pause' });
    if (door === 'update') await harness.client.resumeRun(runId, undefined);
    else await handle.signal('resume');
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    const types = (await eventsOf(harness, runId)).map(({ type }) => type);
    expect(types.filter((type) => /run\.(paused|resumed)/.test(type))).toEqual([
      'run.paused',
      'run.resumed',
    ]);
  });

  it('is not lost when it is ended while it is still being announced', async () => {
    const runIds = await Promise.all(
      Array.from({ length: 6 }, async () => start(harness, 'talking', research)),
    );

    await Promise.all(
      runIds.map(async (runId) => {
        const handle = harness.temporal.workflow.getHandle(runId);
        for (let round = 0; round < 5; round += 1) {
          await handle.signal('pause');
          await handle.signal('resume');
        }
      }),
    );

    for (const runId of runIds) {
      expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    }
  });

  it('holds a call that is approved meanwhile, and outlives its worker', async () => {
    const runId = await start(harness, 'asking');
    const { approvalId } = await openApproval(harness, runId);
    await harness.client.pauseRun(runId, undefined);
    await whenRun(harness, runId, ({ pause }) => pause === 'person');
    worker.kill('SIGKILL');
    await worker.exited;
    await harness.recoverFrom(worker);
    worker = await harness.startWorker();

    await harness.client.decide({ approval: approvalId, decision: 'approve' });

    expect(await stateOf(harness, runId)).toMatchObject({ status: 'paused', approvals: [] });
    expect((await harness.client.getRun(runId)).effects).toEqual([]);
    await harness.client.resumeRun(runId, undefined);
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    expect((await harness.client.getRun(runId)).effects).toMatchObject([{ state: 'committed' }]);
  });

  it('comes too late when the run has ended', async () => {
    const runId = await start(harness, 'talking', research);
    await harness.client.waitForRun(runId);

    await expect(harness.client.pauseRun(runId, undefined)).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});

/** Command lines of every process of this machine. */
async function commandLines(): Promise<string> {
  const { readdirSync } = await import('node:fs');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(join('/proc', pid, 'cmdline'), 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .join('\n');
}

async function expectCancelled(runId: string): Promise<string> {
  await pollFor('the workflow is cancelled', async () => {
    const { status } = await harness.temporal.workflow.getHandle(runId).describe();
    return status.name === 'CANCELLED' ? true : undefined;
  });
  expect(await harness.client.getRun(runId)).toMatchObject({
    status: 'cancelled',
    stopReason: 'cancelled',
    approvals: [],
  });
  await whenEvent(harness, runId, 'run.cancelled');
  return (await harness.client.waitForRun(runId)).status;
}

describe('a cancelled run', () => {
  it.each(['client', 'temporal'])(
    'ends a command that runs, settles its effect and keeps the files (by %s)',
    async (door) => {
      const runId = await start(harness, 'sleeping');
      const { approvalId } = await openApproval(harness, runId);
      await harness.client.decide({ approval: approvalId, decision: 'approve' });
      await pollFor('the command runs', async () =>
        (await commandLines()).includes('sleep 97') ? true : undefined,
      );

      if (door === 'client') await harness.client.cancelRun(runId, 'enough');
      else await harness.temporal.workflow.getHandle(runId).cancel();

      await expectCancelled(runId);
      expect(await commandLines()).not.toContain('sleep 97');
      const { effects } = await harness.client.getRun(runId);
      expect(effects.map(({ state }) => state)).toEqual(['failed']);
      expect((await harness.client.diffRun(runId)).files).toMatchObject([{ path: 'a.txt' }]);
    },
  );

  it.each(['client', 'temporal'])('withdraws what waits for a person (by %s)', async (door) => {
    const runId = await start(harness, 'asking');
    const { approvalId } = await openApproval(harness, runId);

    if (door === 'client') await harness.client.cancelRun(runId, 'enough');
    else await harness.temporal.workflow.getHandle(runId).cancel();

    await expectCancelled(runId);
    expect(await harness.client.getApproval(approvalId)).toMatchObject({ state: 'withdrawn' });
    await expect(
      harness.client.decide({ approval: approvalId, decision: 'approve' }),
    ).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is closed although it is paused', async () => {
    const runId = await start(harness, 'talking', research);
    await harness.client.pauseRun(runId, undefined);
    await whenRun(harness, runId, ({ pause }) => pause === 'person');

    await harness.client.cancelRun(runId, 'enough');

    expect(await expectCancelled(runId)).toBe('cancelled');
  });
});

describe('a terminated run', () => {
  it('does not break lists, and whoever waits for it is told', async () => {
    const runId = await start(harness, 'asking');
    await openApproval(harness, runId);
    const seen = (async () => {
      const items: string[] = [];
      const { signal } = new AbortController();
      for await (const item of harness.client.watchRun(runId, { after: 0, signal })) {
        items.push(item.type);
      }
      return items;
    })();

    await harness.temporal.workflow.getHandle(runId).terminate('by hand');

    await expect(harness.client.waitForRun(runId)).rejects.toMatchObject({ code: 'conflict' });
    expect((await harness.client.listRuns({})).map((run) => run.runId)).toContain(runId);
    expect(await harness.client.getRun(runId)).toMatchObject({ runId });
    expect((await seen).length).toBeGreaterThan(0);
    await expect(harness.client.messageRun(runId, 'hello')).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});

describe('a run that waits while the inbox, put back to an older state, does not show it', () => {
  it('asks again when the next worker starts', async () => {
    const runId = await start(harness, 'asking');
    const approval = await openApproval(harness, runId);
    await harness.db.deleteFrom('approvals').where('run_id', '=', runId).execute();

    const other = await harness.startWorker();
    const { approvalId } = await pollFor('it stands in the inbox', async () => {
      const items = await harness.client.inbox();
      return items.find((item) => item.runId === runId);
    });
    await harness.client.decide({ approval: approvalId, decision: 'approve' });
    const result = await harness.client.waitForRun(runId);
    other.kill('SIGKILL');
    await other.exited;

    expect(approvalId).toBe(approval.approvalId);
    expect(result.status).toBe('completed');
  });

  it('asks again when somebody decides what it does not ask any more', async () => {
    const runId = await start(harness, 'asking');
    const { approvalId } = await openApproval(harness, runId);
    const gone = `${approvalId}-gone`;
    await harness.db
      .updateTable('approvals')
      .set({ approval_id: gone })
      .where('approval_id', '=', approvalId)
      .execute();

    await expect(
      harness.client.decide({ approval: gone, decision: 'approve' }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/conflict|not_found/) });
    await pollFor('it stands in the inbox', async () => {
      const items = await harness.client.inbox();
      return items.find((item) => item.approvalId === approvalId);
    });

    await harness.client.decide({ approval: approvalId, decision: 'approve' });
    expect((await harness.client.waitForRun(runId)).status).toBe('completed');
  });
});
