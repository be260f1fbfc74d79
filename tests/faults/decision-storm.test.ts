import { setTimeout as wait } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { HoldfastError } from '../../domain/failures.ts';
import { wrongEvents } from '../support/check-events.ts';
import { seeded } from '../support/kill/kill-random.ts';
import { pollFor } from '../support/poll.ts';
import { startRunHarness, type RunHarness } from '../support/runs/run-harness.ts';
import { call, calling, goodbye, script } from '../support/runs/run-scripts.ts';
import { start } from '../support/runs/running-runs.ts';
import { member, type Member } from '../support/runs/team.ts';

const isLong = process.env['FAULTS'] === 'long';
const approvals = isLong ? 200 : 30;
const random = seeded(20_261_121);
/** What a person hears while there is no worker to answer, or when somebody else was quicker. */
const expected: ReadonlySet<string> = new Set(['conflict', 'unavailable', 'timeout']);

let harness: RunHarness;
let people: readonly Member[];

beforeAll(async () => {
  harness = await startRunHarness({
    policies: [
      {
        schemaVersion: 1,
        name: 'asking',
        mode: 'acceptEdits',
        rules: [{ tool: 'write_file', verdict: 'ask', approval: { roles: ['sre'] } }],
        limits: { maxTurns: 10, timeoutSeconds: 3_600, maxCostMicroUsd: 1_000_000 },
      },
    ],
    scripts: [
      script('one', calling(call('write_file', { path: 'made.txt', content: 'made' })), goodbye),
    ],
    workers: 0,
  });
  people = await Promise.all(
    ['ada', 'bob', 'cleo'].map(async (name) => member(harness, name, ['sre'])),
  );
});

afterAll(async () => {
  await Promise.all(people.map(async ({ client }) => client.close()));
  await harness.stop();
});

/** One person decides everything that waits, all of it at once. */
async function decideAll(
  { client }: Member,
  wanted: readonly { readonly approvalId: string; readonly decision: 'approve' | 'reject' }[],
): Promise<void> {
  await Promise.all(
    wanted.map(async ({ approvalId: approval, decision }) => {
      const answer = { approval, decision, ...(decision === 'reject' ? { reason: 'no' } : {}) };
      await client.decide(answer).catch((error: unknown) => {
        if (!(error instanceof HoldfastError) || !expected.has(error.code)) throw error;
      });
    }),
  );
}

describe('a storm of decisions while the worker dies again and again', () => {
  it(`decides each of ${approvals} approvals exactly once`, async () => {
    let worker = await harness.startWorker();
    const runs = await Promise.all(
      Array.from({ length: approvals }, async () => start(harness, 'one', { policy: 'asking' })),
    );
    const open: { readonly runId: string; readonly approvalId: string }[] = [];
    await pollFor(
      'every run asks',
      async () => {
        const inbox = await harness.client.inbox();
        return inbox.length === runs.length ? true : undefined;
      },
      isLong ? 300_000 : 60_000,
    );
    for (const { runId, approvalId } of await harness.client.inbox()) {
      open.push({ runId, approvalId });
    }
    const votes = people.map(() =>
      open.map(({ approvalId }) => ({
        approvalId,
        decision: random() < 0.5 ? ('approve' as const) : ('reject' as const),
      })),
    );

    const over = new AbortController();
    let deaths = 0;
    const killing = (async () => {
      while (!over.signal.aborted || deaths < 3) {
        worker.kill('SIGKILL');
        await worker.exited;
        await harness.recoverFrom(worker);
        worker = await harness.startWorker();
        deaths += 1;
        await wait(500 + random() * 1_500);
      }
    })();
    try {
      await Promise.all(people.map(async (person, index) => decideAll(person, votes[index] ?? [])));
    } finally {
      over.abort();
      await killing;
    }
    // Whoever heard nothing asks again; whatever counted answers who and when.
    const [first] = people;
    if (first !== undefined) await decideAll(first, votes[0] ?? []);
    const results = await Promise.all(runs.map(async (runId) => harness.client.waitForRun(runId)));

    expect(results.map(({ status }) => status)).toEqual(runs.map(() => 'completed'));
    expect(deaths).toBeGreaterThanOrEqual(3);
    const rows = await harness.db.selectFrom('decisions').selectAll().execute();
    const states = await harness.db
      .selectFrom('approvals')
      .select(['approval_id', 'run_id', 'state'])
      .execute();
    const effects = await harness.db.selectFrom('effects').select(['run_id', 'state']).execute();
    for (const { runId, approvalId } of open) {
      const decisions = rows.filter((row) => row.approval_id === approvalId);
      expect(decisions).toHaveLength(1);
      expect(['ada', 'bob', 'cleo']).toContain(decisions[0]?.by_whom);
      const isApproved = decisions[0]?.decision === 'approve';
      const own = states.filter((row) => row.run_id === runId);
      expect(own).toEqual([
        expect.objectContaining({ state: isApproved ? 'approved' : 'rejected' }),
      ]);
      const done = effects.filter((row) => row.run_id === runId).map(({ state }) => state);
      expect(done).toEqual(isApproved ? ['committed'] : []);
    }
    expect(await wrongEvents(harness.db)).toEqual([]);
    await pollFor('nobody waits any more', async () =>
      (await harness.client.inbox()).length === 0 ? true : undefined,
    );
  });
});
