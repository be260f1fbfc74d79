import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { openLocalClient } from '../../../clients/temporal/local-client.ts';
import { decideApprovalUpdate } from '../../../workflows/run/messages.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import { startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';
import { calling, goodbye, script, shell } from '../../support/runs/run-scripts.ts';
import {
  eventsOf,
  openApproval,
  start,
  stateOf,
  textsOf,
  whenEvent,
} from '../../support/runs/running-runs.ts';

let harness: RunHarness;

const asking = calling(shell('printf made > made.txt'));
const askingTwice = calling(shell('printf one > one.txt'), shell('printf two > two.txt'));

beforeAll(async () => {
  harness = await startRunHarness({
    scripts: [
      script('one', asking, goodbye),
      script('two', askingTwice, goodbye),
      script(
        'granted',
        asking,
        calling(shell('printf two > two.txt'), shell('touch three.txt')),
        calling(shell('printf three > three.txt')),
        goodbye,
      ),
      script('destructive', calling(shell('rm -rf build')), goodbye),
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

interface RawDecision {
  readonly approvalId: string;
  readonly decision: string;
  readonly [field: string]: unknown;
}

/** Sends the update as any Temporal client may, with an id of its own. */
async function sent(runId: string, input: RawDecision, updateId?: string): Promise<unknown> {
  const handle = harness.temporal.workflow.getHandle(runId);
  return handle
    .executeUpdate(decideApprovalUpdate, {
      args: [input],
      ...(updateId === undefined ? {} : { updateId }),
    })
    .catch((error: unknown) => failureOf(error));
}

function failureOf(error: unknown): unknown {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) throw error;
  return { type: 'type' in cause ? cause.type : undefined, message: cause.message };
}

async function approveAll(runId: string): Promise<void> {
  const { approvals } = await stateOf(harness, runId);
  for (const { approvalId } of approvals) await sent(runId, { approvalId, decision: 'approve' });
}

describe('a decision', () => {
  it('is refused for an approval that nobody asked for, and the run goes on waiting', async () => {
    const runId = await start(harness, 'one');
    const { approvalId } = await openApproval(harness, runId);
    const unknown = `${approvalId}7`;

    expect(await sent(runId, { approvalId: unknown, decision: 'approve' })).toMatchObject({
      type: 'Approval.NotFound',
    });
    await expect(
      harness.client.decide({ approval: unknown, decision: 'approve' }),
    ).rejects.toMatchObject({ code: 'not_found' });
    expect((await stateOf(harness, runId)).approvals).toHaveLength(1);
    await approveAll(runId);
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
  });

  it('is refused with name and time when the approval was decided, also after its turn', async () => {
    const runId = await start(harness, 'two');
    const { approvalId } = await openApproval(harness, runId);
    await harness.client.decide({ approval: approvalId, decision: 'approve' });
    await openApproval(harness, runId, approvalId);

    const again = harness.client.decide({
      approval: approvalId,
      decision: 'reject',
      reason: 'too late',
    });

    await expect(again).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/approved already by tester at 20/),
    });
    await approveAll(runId);
    await harness.client.waitForRun(runId);
  });

  it('gives the same answer again for the same decision id, by the same update or another', async () => {
    const runId = await start(harness, 'two');
    const { approvalId } = await openApproval(harness, runId);
    const input = { approvalId, decision: 'approve', by: 'ann', decisionId: 'd-1' };

    const first = await sent(runId, input, 'd-1');
    const second = await sent(runId, input, 'd-1');
    const third = await sent(runId, input, 'another');

    expect(first).toMatchObject({ state: 'approved', decidedBy: 'unauthenticated' });
    expect([second, third]).toMatchObject([first, first]);
    await openApproval(harness, runId, approvalId);
    await approveAll(runId);
    await harness.client.waitForRun(runId);
    const events = await eventsOf(harness, runId);
    const decided = events.filter(
      ({ type, data }) => type === 'approval.decided' && data['approvalId'] === approvalId,
    );
    expect(decided).toHaveLength(1);
  });

  it('counts once when two people decide at the same moment; the other hears who won', async () => {
    const runId = await start(harness, 'one');
    const { approvalId } = await openApproval(harness, runId);

    const answers = await Promise.all([
      sent(runId, { approvalId, decision: 'approve', by: 'ann' }),
      sent(runId, { approvalId, decision: 'reject', by: 'bob', reason: 'no' }),
    ]);

    expect(answers.filter((answer) => JSON.stringify(answer).includes('decidedBy'))).toHaveLength(
      1,
    );
    // A name alone is nobody's.
    expect(answers).toContainEqual({
      type: 'Approval.NotPending',
      message: expect.stringContaining('already by unauthenticated'),
    });
    await harness.client.waitForRun(runId);
  });

  it('is refused for another digest, and counts for the one that stands', async () => {
    const runId = await start(harness, 'one');
    const { approvalId, digest } = await openApproval(harness, runId);

    await expect(
      harness.client.decide({ approval: approvalId, decision: 'approve', digest: 'another' }),
    ).rejects.toMatchObject({ code: 'digest_mismatch' });
    await harness.client.decide({ approval: approvalId, decision: 'approve', digest });

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
  });

  it('needs a reason to reject, and raises no budget of a call', async () => {
    const runId = await start(harness, 'one');
    const { approvalId } = await openApproval(harness, runId);

    for (const input of [
      { approvalId, decision: 'reject' },
      { approvalId, decision: 'reject', reason: '  ' },
      { approvalId, decision: 'maybe' },
      { approvalId, decision: 'approve', raiseMicroUsd: 1 },
    ]) {
      expect(await sent(runId, input)).toMatchObject({ type: 'Message.Invalid' });
    }
    await approveAll(runId);
    await harness.client.waitForRun(runId);
  });
});

describe('a remembered decision', () => {
  it('lets like calls happen unasked until it is revoked', async () => {
    const runId = await start(harness, 'granted');
    const first = await openApproval(harness, runId);
    const slip = { approval: first.approvalId, decision: 'approve', remember: 'rm *' } as const;
    await expect(harness.client.decide(slip)).rejects.toMatchObject({ code: 'invalid_argument' });
    await harness.client.decide({ ...slip, remember: 'printf *' });

    const second = await openApproval(harness, runId, first.approvalId);
    expect(second.subject).toContain('touch');
    const { grants } = await harness.client.getRun(runId);
    expect(grants).toMatchObject([{ tool: 'shell', pattern: 'printf *', grantedBy: 'tester' }]);
    const grantId = grants[0]?.grantId ?? '';
    await expect(harness.client.revokeGrant(runId, 'g9')).rejects.toMatchObject({
      code: 'not_found',
      message: 'the run has no grant g9',
      suggestion: `it has: ${grantId}`,
    });
    expect(await harness.client.revokeGrant(runId, grantId)).toEqual([]);
    await sent(runId, { approvalId: second.approvalId, decision: 'approve' });

    const third = await openApproval(harness, runId, second.approvalId);
    expect(third.subject).toContain('printf three');
    await sent(runId, { approvalId: third.approvalId, decision: 'approve' });
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    expect((await harness.client.getRun(runId)).effects).toHaveLength(4);
    await whenEvent(harness, runId, 'grant.added', ({ pattern }) => pattern === 'printf *');
    await whenEvent(harness, runId, 'grant.revoked');
  });

  it('is never kept for a destructive call', async () => {
    const runId = await start(harness, 'destructive');
    const { approvalId } = await openApproval(harness, runId);
    const { risk } = await harness.client.getApproval(approvalId);
    expect(risk).toBe('destructive');

    await expect(
      harness.client.decide({ approval: approvalId, decision: 'approve', remember: 'rm *' }),
    ).rejects.toMatchObject({ code: 'validation_error' });

    await harness.client.decide({ approval: approvalId, decision: 'approve' });
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
  });
});

describe('a decision with changed arguments', () => {
  it('runs the changed command and records both', async () => {
    const runId = await start(harness, 'one');
    const { approvalId, digest } = await openApproval(harness, runId);

    await harness.client.decide({
      approval: approvalId,
      decision: 'approve',
      arguments: { command: 'printf changed > other.txt' },
    });

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    const { files } = await harness.client.diffRun(runId);
    expect(files.map(({ path }) => path)).toEqual(['other.txt']);
    const decided = await whenEvent(harness, runId, 'approval.decided');
    expect(decided['changedFrom']).toBe(digest);
    expect(decided['digest']).not.toBe(digest);
    const { digest: detailed, commands } = await harness.client.getApproval(approvalId);
    expect([detailed, commands]).toEqual([digest, ['printf made']]);
  });

  it('is refused when it does not fit or policy denies it; the approval stays open', async () => {
    const runId = await start(harness, 'one');
    const { approvalId } = await openApproval(harness, runId);
    const changed = async (args: Record<string, string | number>) =>
      harness.client
        .decide({ approval: approvalId, decision: 'approve', arguments: args })
        .catch((error: unknown) => error);

    expect(await changed({ command: 7 })).toMatchObject({ code: 'validation_error' });
    expect(await changed({ command: 'cat .env' })).toMatchObject({ code: 'policy_denied' });
    expect(await changed({ command: 'a\0b' })).toMatchObject({ code: 'validation_error' });

    expect((await stateOf(harness, runId)).approvals).toMatchObject([{ approvalId }]);
    await approveAll(runId);
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    expect((await textsOf(harness, runId, 'tool')).join()).not.toContain('denied');
  });
});

describe('decisions of two clients', () => {
  it('count once, and name the person who was first', async () => {
    const other = await openLocalClient({
      temporalAddress: harness.temporalAddress,
      namespace: 'default',
      taskQueue: 'holdfast',
      databaseUrl: harness.databaseUrl,
      tenant: 'default',
      home: harness.home,
      user: 'second',
    });
    const runId = await start(harness, 'one');
    const { approvalId: approval } = await openApproval(harness, runId);

    const results = await Promise.allSettled([
      harness.client.decide({ approval, decision: 'approve' }),
      other.decide({ approval, decision: 'reject', reason: 'not now' }),
    ]);

    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await other.close();
    await harness.client.waitForRun(runId);
  });
});
