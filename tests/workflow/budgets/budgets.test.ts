import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { RunHarness } from '../../support/runs/run-harness.ts';
import { conversation, startRunHarness } from '../../support/runs/run-harness.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import { call, calling, finishing, script } from '../../support/runs/run-scripts.ts';
import { eventsOf, openApproval } from '../../support/runs/running-runs.ts';
import { pollFor } from '../../support/poll.ts';
import { wrongEvents } from '../../support/check-events.ts';

let harness: RunHarness;

const usage = { promptTokens: 1_000, completionTokens: 1_000 };
const dear = { reply: { toolCalls: [call('list_files')], usage } };

beforeAll(async () => {
  harness = await startRunHarness({
    models: [
      {
        key: 'unpriced',
        backend: 'generic',
        baseUrl: 'http://127.0.0.1:9/v1',
        model: 'nobody-knows',
        privacy: 'local',
      },
    ],
    scripts: [
      script('dear', dear, dear, finishing('done')),
      script('short', calling(call('list_files')), finishing('done')),
    ],
    workers: 2,
  });
});

afterAll(async () => {
  try {
    await replayAll(harness);
  } finally {
    await harness.stop();
  }
});

async function begin(name: string, project: string, model?: string): Promise<string> {
  const { runId } = await harness.client.startRun({
    project,
    request: {
      prompt: `do it ${conversation(name)}`,
      specialist: 'research',
      ...(model === undefined ? {} : { model }),
    },
  });
  return runId;
}

describe('a shared budget', () => {
  it('pauses a run at its cap, is raised by a stated amount, and tells of 80 and 90 percent once', async () => {
    // The first two calls cost 3,000 each, but are reserved with a whole answer of 8,192 tokens.
    await harness.client.setBudget({ name: 'shop', scope: 'project', of: 'shop', maxUsd: 0.02 });
    const runId = await begin('dear', 'shop');

    const { approvalId, kind, subject } = await openApproval(harness, runId);
    expect(kind).toBe('budget');
    expect(subject).toMatch(/needs \$0\.00\d\d more than shop allows/);
    expect((await harness.client.getRun(runId)).pause).toBe('budget');
    await harness.client.decide({
      approval: approvalId,
      decision: 'approve',
      raiseMicroUsd: 500_000,
    });

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    const budget = await harness.client.getBudget('shop');
    expect(budget.counters).toMatchObject([
      {
        subject: 'shop',
        raised: { microUsd: 500_000 },
        reserved: { microUsd: 0, calls: 0 },
        spent: { calls: 3 },
      },
    ]);
    const spent = budget.counters[0]?.spent.microUsd ?? 0;
    expect(budget.counters[0]?.remaining.microUsd).toBe(520_000 - spent);
    expect(budget.history.map((entry) => entry.kind)).toEqual(['raise', 'set']);
  });

  it('is not raised by whoever can reach Temporal but proves no name', async () => {
    await harness.client.setBudget({ name: 'lock', scope: 'project', of: 'locked', maxCalls: 1 });
    const runId = await begin('short', 'locked');
    const { approvalId } = await openApproval(harness, runId);
    const handle = harness.temporal.workflow.getHandle(runId);

    const update = handle.executeUpdate('decideApproval', {
      args: [{ approvalId, decision: 'approve', by: 'ada' }],
    });
    await expect(update).rejects.toMatchObject({
      cause: { type: 'unauthenticated', message: expect.stringContaining('raises a budget') },
    });
    await handle.signal('approve', { approvalId });
    const refused = await pollFor('both refusals in the log', async () => {
      const events = await eventsOf(harness, runId);
      const found = events.filter(({ type }) => type === 'message.refused');
      return found.length === 2 ? found : undefined;
    });

    expect(refused.map(({ data }) => data['signal'])).toEqual(['decideApproval', 'approve']);
    expect(await openApproval(harness, runId)).toMatchObject({ approvalId });
    expect((await harness.client.getBudget('lock')).counters).toMatchObject([
      { raised: { calls: 0 } },
    ]);
    await harness.client.decide({ approval: approvalId, decision: 'approve' });
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
  });

  it('ends the run when a person says no', async () => {
    await harness.client.setBudget({ name: 'none', scope: 'project', of: 'mean', maxUsd: 0 });
    const runId = await begin('short', 'mean');
    const { approvalId } = await openApproval(harness, runId);

    await harness.client.decide({ approval: approvalId, decision: 'reject', reason: 'too dear' });

    expect(await harness.client.waitForRun(runId)).toMatchObject({
      status: 'failed',
      stopReason: 'cost',
    });
    expect((await harness.client.getRun(runId)).message).toContain('budget_exceeded');
  });

  it('allows what its question offers for calls, and refuses an amount of money for them', async () => {
    await harness.client.setBudget({ name: 'calls', scope: 'project', of: 'calls', maxCalls: 1 });
    const runId = await begin('short', 'calls');
    const { approvalId, subject } = await openApproval(harness, runId);
    expect(subject).toContain('needs 1 calls more than calls allows; approve to allow 1 more');

    const wrong = { approval: approvalId, decision: 'approve', raiseMicroUsd: 5 } as const;
    await expect(harness.client.decide(wrong)).rejects.toMatchObject({ code: 'validation_error' });
    await harness.client.decide({ approval: approvalId, decision: 'approve' });

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
  });

  it('asks before a model without a price is called under a limit on money', async () => {
    await harness.client.setBudget({ name: 'priced', scope: 'project', of: 'odd', maxUsd: 5 });
    const runId = await begin('short', 'odd', 'unpriced');

    const { approvalId, subject } = await openApproval(harness, runId);

    expect(subject).toContain('no known price');
    await harness.client.decide({ approval: approvalId, decision: 'reject', reason: 'no' });
    await harness.client.waitForRun(runId);
    const { rows } = await harness.client.costs({ by: 'project', project: 'odd' });
    expect(rows).toEqual([]);
  });

  it('tells of 80 and 90 percent once, in the log of the run that passed them', async () => {
    const budget = { name: 'alerts', scope: 'project', of: 'alerts', maxCalls: 6 };
    await harness.client.setBudget(budget);
    const first = await begin('dear', 'alerts');
    await harness.client.waitForRun(first);
    const second = await begin('short', 'alerts');
    await harness.client.waitForRun(second);
    const third = await begin('short', 'alerts');
    const { approvalId } = await openApproval(harness, third);
    await harness.client.decide({ approval: approvalId, decision: 'approve' });
    await harness.client.waitForRun(third);

    const alerts = await Promise.all([first, second, third].map(async (run) => thresholdsOf(run)));
    expect(alerts).toEqual([[], [80], [90]]);
    const { history } = await harness.client.getBudget('alerts');
    expect(history.filter(({ kind }) => kind === 'alert')).toHaveLength(2);
  });

  it('holds fifty runs at once below its cap over two workers', async () => {
    await harness.client.setBudget({ name: 'crowd', scope: 'project', of: 'crowd', maxUsd: 0.1 });
    const runs = await Promise.all(Array.from({ length: 50 }, async () => begin('short', 'crowd')));
    let highest = 0;
    const look = async (): Promise<void> => {
      const [counter] = (await harness.client.getBudget('crowd')).counters;
      if (counter === undefined) return;
      highest = Math.max(highest, counter.spent.microUsd + counter.reserved.microUsd);
    };

    await pollFor(
      'every run has ended or asks',
      async () => {
        await look();
        const rows = await harness.client.listRuns({ limit: 1_000 });
        const mine = rows.filter(({ runId }) => runs.includes(runId));
        return mine.length === 50 &&
          mine.every(({ pause, endedAt }) => pause === 'budget' || endedAt !== null)
          ? true
          : undefined;
      },
      150_000,
    );

    expect(highest).toBeGreaterThan(0);
    expect(highest).toBeLessThanOrEqual(100_000);
    await Promise.all(runs.map(async (run) => harness.client.cancelRun(run, 'enough')));
  }, 180_000);
});

describe('costs', () => {
  it('sum up to the same total however they are grouped', async () => {
    const reports = await Promise.all(
      (['project', 'model', 'day', 'run', 'specialist'] as const).map(async (by) =>
        harness.client.costs({ by }),
      ),
    );

    const totals = reports.map(({ total }) => total);
    expect(new Set(totals.map((total) => JSON.stringify(total))).size).toBe(1);
    expect(totals[0]?.costMicroUsd).toBeGreaterThan(0);
    expect(reports[0]?.rows.length).toBeGreaterThan(2);
    const later = await harness.client.costs({ by: 'day', since: new Date(Date.now() + 60_000) });
    expect(later.rows).toEqual([]);
    const unknown = harness.client.costs({ by: 'day', project: 'nope' });
    await expect(unknown).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('the log of these runs', () => {
  it('holds events of the catalogue only, without a gap', async () => {
    expect(await wrongEvents(harness.db)).toEqual([]);
  });
});

async function thresholdsOf(runId: string): Promise<readonly unknown[]> {
  const events = await eventsOf(harness, runId);
  return events.filter(({ type }) => type === 'budget.alert').map(({ data }) => data['threshold']);
}
