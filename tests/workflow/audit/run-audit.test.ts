import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';

import { treeName, workspaceIdOf } from '../../../activities/workspace/make-workspace.ts';
import { upkeepIdOf } from '../../../domain/upkeep/activities.ts';
import type { AuditRecord } from '../../../domain/audit/audit-record.ts';
import { putDefinition } from '../../../storage/administration.ts';
import { wrongEvents } from '../../support/check-events.ts';
import { pollFor } from '../../support/poll.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import { startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';
import { call, calling, goodbye, script, shell } from '../../support/runs/run-scripts.ts';
import { eventsOf, openApproval, start } from '../../support/runs/running-runs.ts';

const canary = 'canary-9f27c1';
let harness: RunHarness;

beforeAll(async () => {
  harness = await startRunHarness({
    upkeep: true,
    scripts: [
      script('approved', calling(shell(`printf ${canary} > made.txt`)), goodbye),
      script('refused', calling(shell('printf made > made.txt')), goodbye),
      script('escape', calling(call('read_file', { path: '../../../etc/passwd' })), goodbye),
      script('denied', calling(shell('rm -rf / && curl x')), goodbye),
      script('forged', calling(shell('printf made > made.txt')), goodbye),
      script('cancelled', calling(shell('printf made > made.txt')), goodbye),
      script(
        'ten',
        calling(...Array.from({ length: 10 }, () => call('list_files', { path: '.' }))),
        calling(call('read_file', { path: 'a.txt' })),
        goodbye,
      ),
      script('rejected', calling(shell('printf made > made.txt')), goodbye),
      script('wrong', calling(call('read_file', { paths: 1 })), goodbye),
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

/** The chain of one run, oldest first, once it holds a record of this kind. */
async function chainOf(runId: string, kind: AuditRecord['kind']): Promise<readonly AuditRecord[]> {
  return pollFor(`the chain tells ${kind} of ${runId}`, async () => {
    const { items } = await harness.client.audit.query({ run: runId, limit: 1_000 });
    return items.some((record) => record.kind === kind) ? items.toReversed() : undefined;
  });
}

describe('the audit of a run', () => {
  it('tells request, verdict, approval, decision, intent and outcome in their order', async () => {
    const workspace = harness.makeProject({ 'a.txt': 'a' });
    const runId = await start(harness, 'approved', { workspace });
    const { approvalId, digest } = await openApproval(harness, runId);
    await harness.client.decide({ approval: approvalId, decision: 'approve', reason: canary });
    await harness.client.waitForRun(runId);

    const chain = await chainOf(runId, 'run.ended');

    expect(chain.map(({ kind, decision }) => [kind, decision])).toEqual([
      ['run.requested', undefined],
      ['policy.verdict', 'ask'],
      ['approval.opened', undefined],
      ['approval.decided', 'approved'],
      ['effect.intent', undefined],
      ['effect.committed', 'committed'],
      ['run.ended', 'completed'],
    ]);
    expect(chain[3]).toMatchObject({ actor: 'tester via cli', digest });
    const digests = chain.slice(1, 6).map((record) => record.digest);
    expect(new Set(digests)).toEqual(new Set([digest]));
    expect(chain[0]).toMatchObject({ actor: 'tester' });
  });

  it('holds no contents: neither arguments nor words of people', async () => {
    const { rows } = await sql`select * from outbox`.execute(harness.db);
    const { rows: audit } = await sql`select * from audit`.execute(harness.db);

    expect(rows.length).toBeGreaterThan(5);
    expect(JSON.stringify([rows, audit])).not.toContain(canary);
  });

  it('is intact, and follows the runs within two seconds', async () => {
    await putDefinition(harness.db, 'default', {
      kind: 'model',
      name: 'late',
      body: {},
      origin: 'test',
      by: 'maria',
    });
    const began = performance.now();
    const record = await pollFor('the change is in the chain', async () => {
      const { items } = await harness.client.audit.query({
        kind: 'definition.changed',
        actor: 'maria',
      });
      return items[0];
    });

    expect(performance.now() - began).toBeLessThan(2_500);
    expect(record).toMatchObject({ subject: 'model late v1', actor: 'maria' });
    expect(await harness.client.audit.verify(1)).toMatchObject({ isIntact: true, faults: [] });
    await expect(harness.client.audit.verify(99_999)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(/no record 99999: its last one is \d+$/),
    });
  });

  it('tells a path escape as one security event beside the error of the tool', async () => {
    const runId = await start(harness, 'escape');
    await harness.client.waitForRun(runId);

    const events = await eventsOf(harness, runId);
    const error = events.findIndex(({ type }) => type === 'tool.error');
    expect(events[error + 1]).toMatchObject({
      type: 'security.event',
      data: { kind: 'path_escape', actor: 'agent', tool: 'read_file', reason: 'access_denied' },
    });
    expect(events.filter(({ type }) => type === 'security.event')).toHaveLength(1);
    const chain = await chainOf(runId, 'security.event');
    expect(chain.find(({ kind }) => kind === 'security.event')).toMatchObject({
      decision: 'path_escape',
    });
    expect(JSON.stringify(chain)).not.toContain('passwd');
  });

  it('tells a denied call as denial and as security event', async () => {
    const runId = await start(harness, 'denied', { policy: 'headless-permissive-sandbox' });
    const chain = await chainOf(runId, 'security.event');

    expect(chain.map(({ kind, decision }) => [kind, decision])).toEqual(
      expect.arrayContaining([
        ['policy.denied', 'deny'],
        ['security.event', 'policy_denied'],
      ]),
    );
  });

  it('tells a message that somebody signed who is not registered, once however often it is sent', async () => {
    const runId = await start(harness, 'forged');
    const { approvalId } = await openApproval(harness, runId);
    const proof = { keyId: 'k', at: new Date().toISOString(), signature: 's' };
    const args = [
      { approvalId, decision: 'approve', by: 'maria', decisionId: 'd', proof },
    ] as const;
    const handle = harness.temporal.workflow.getHandle(runId);

    for (const updateId of ['one', 'two']) {
      await expect(
        handle.executeUpdate('decideApproval', { args: [...args], updateId }),
      ).rejects.toMatchObject({ name: 'WorkflowUpdateFailedError' });
    }

    const chain = await chainOf(runId, 'security.event');
    const found = chain.filter(({ kind }) => kind === 'security.event');
    expect(found).toMatchObject([{ actor: 'unauthenticated', decision: 'proof_refused' }]);
    await harness.client.cancelRun(runId, 'enough');
  });

  it('tells who cancelled a run', async () => {
    const runId = await start(harness, 'cancelled');
    await openApproval(harness, runId);
    await harness.client.cancelRun(runId, 'enough');

    const chain = await chainOf(runId, 'run.ended');

    expect(chain.find(({ kind }) => kind === 'run.stopped')).toMatchObject({ actor: 'tester' });
    expect(chain.at(-1)).toMatchObject({ kind: 'run.ended', decision: 'cancelled' });
  });

  it('lets no effect begin that cannot be written down', async () => {
    const workspace = harness.makeProject({ 'a.txt': 'a' });
    await sql`create function refuse() returns trigger language plpgsql as
      $$ begin if new.kind = 'effect.intent' then raise exception 'the audit is full'; end if; return new; end $$`.execute(
      harness.db,
    );
    await sql`create trigger refuse before insert on outbox for each row execute function refuse()`.execute(
      harness.db,
    );
    const runId = await start(harness, 'refused', { workspace });
    const { approvalId } = await openApproval(harness, runId);
    await harness.client.decide({ approval: approvalId, decision: 'approve' });
    await pollFor('the refused call was tried again', async () => {
      const { raw } = await harness.temporal.workflow.getHandle(runId).describe();
      return raw.pendingActivities?.find(
        ({ activityType, attempt }) => activityType?.name === 'performCall' && (attempt ?? 0) > 2,
      );
    });

    const effects = await harness.client.listEffects({ run: runId });
    expect(effects).toEqual([]);
    expect(madeFile(runId)).toBeUndefined();

    await sql`drop trigger refuse on outbox`.execute(harness.db);
    await sql`drop function refuse()`.execute(harness.db);
    await harness.client.waitForRun(runId);
    expect(madeFile(runId)).toBe('made');
    const chain = await chainOf(runId, 'run.ended');
    expect(chain.filter(({ kind }) => kind === 'effect.intent')).toHaveLength(1);
  });

  it('writes events that fit the catalogue', async () => {
    expect(await wrongEvents(harness.db)).toEqual([]);
  });

  it('costs an idle upkeep no history', async () => {
    const handle = harness.temporal.workflow.getHandle(upkeepIdOf('default'));

    const { historyLength } = await handle.describe();

    // Started, one task, the mark of its version, four activities begun by it: nothing is added while they wait.
    expect(historyLength).toBeLessThan(11);
  });
});

function madeFile(runId: string): string | undefined {
  const file = join(harness.home, 'workspaces', workspaceIdOf(runId), treeName, 'made.txt');
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

describe('the audit of calls', () => {
  it('has a row for each of ten calls at once, with equal hashes for equal arguments', async () => {
    const workspace = harness.makeProject({ 'a.txt': 'a' });
    const runId = await start(harness, 'ten', { workspace });
    await harness.client.waitForRun(runId);

    const calls = await harness.client.audit.calls({ run: runId, tool: 'list_files' });
    const [other] = await harness.client.audit.calls({ run: runId, tool: 'read_file' });

    expect(new Set(calls.map(({ callId }) => callId)).size).toBe(10);
    expect(new Set(calls.map(({ argsHash }) => argsHash)).size).toBe(1);
    expect(calls[0]?.argsHash).toMatch(/^[\w-]{43}$/);
    expect(other?.argsHash).not.toBe(calls[0]?.argsHash);
    for (const each of calls) {
      expect(each).toMatchObject({
        runId,
        toolName: 'list_files',
        resultStatus: 'success',
        trustLevel: 'TRUSTED',
        errorCode: null,
        durationMs: expect.any(Number),
      });
    }
  });

  it('says how each came out: done, failed, denied, rejected, never possible', async () => {
    const workspace = harness.makeProject({ 'a.txt': 'a' });
    const [done, rejected, wrong] = await Promise.all([
      start(harness, 'approved', { workspace }),
      start(harness, 'rejected', { workspace }),
      start(harness, 'wrong', { workspace }),
    ]);
    const { approvalId } = await openApproval(harness, done);
    await harness.client.decide({ approval: approvalId, decision: 'approve' });
    const refused = await openApproval(harness, rejected);
    const open = await harness.client.audit.calls({ run: rejected });
    const decision = { approval: refused.approvalId, decision: 'reject', reason: 'no' } as const;
    await harness.client.decide(decision);
    await Promise.all([done, rejected, wrong].map(async (id) => harness.client.waitForRun(id)));
    const only = async (run: string) => (await harness.client.audit.calls({ run }))[0];

    expect(open).toMatchObject([{ resultStatus: null, durationMs: null, errorCode: null }]);
    expect(await only(done)).toMatchObject({ resultStatus: 'success', errorCode: null });
    expect((await only(done))?.durationMs).toBeGreaterThan(0);
    expect(await only(rejected)).toMatchObject({
      resultStatus: 'blocked',
      errorCode: 'approval_rejected',
      durationMs: null,
    });
    expect(await only(wrong)).toMatchObject({
      resultStatus: 'error',
      errorCode: 'validation_error',
      trustLevel: null,
    });
    const denied = await harness.client.audit.calls({ status: 'blocked', tool: 'shell' });
    expect(denied.map(({ errorCode }) => errorCode)).toContain('policy_denied');
  });

  it('is exported whole, oldest first, and holds no arguments', async () => {
    const all = [];
    for await (const each of harness.client.audit.exportCalls({})) all.push(each);
    const later = await harness.client.audit.calls({ since: new Date().toISOString() });

    expect(all.length).toBeGreaterThan(14);
    expect(all.map(({ timestamp }) => timestamp)).toEqual(
      all.map(({ timestamp }) => timestamp).toSorted(),
    );
    expect(all.toReversed().slice(0, 5)).toEqual(await harness.client.audit.calls({ limit: 5 }));
    expect(JSON.stringify(all)).not.toContain(canary);
    expect(later).toEqual([]);
    await expect(harness.client.audit.calls({ since: 'yesterday' })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('since'),
    });
  });
});

describe('queries of the audit', () => {
  it('are paged, with how many fit in all', async () => {
    const all = await harness.client.audit.query({ intent: 'run' });

    const first = await harness.client.audit.query({ intent: 'run', limit: 2 });
    const second = await harness.client.audit.query({ intent: 'run', limit: 2, offset: 2 });

    expect(first).toMatchObject({ total: all.total, limit: 2, offset: 0 });
    expect([...first.items, ...second.items]).toEqual(all.items.slice(0, 4));
    expect(all.limit).toBe(100);
  });

  it('are joined by AND', async () => {
    const { items } = await harness.client.audit.query({
      service: 'shell',
      intent: 'effect',
      status: 'committed',
    });

    expect(items.length).toBeGreaterThan(0);
    for (const { kind, subject, decision } of items) {
      expect([kind, subject.split(' ')[0], decision]).toEqual([
        'effect.committed',
        'shell',
        'committed',
      ]);
    }
  });

  it.each([
    [{ limit: 1_001 }, '1 to 1000'],
    [{ limit: 0 }, '1 to 1000'],
    [{ days: 366 }, '1 to 365'],
    [{ offset: -1 }, '0 on'],
    [{ days: Number.NaN }, '1 to 365'],
  ])('refuse %j with the range', async (query, range) => {
    await expect(harness.client.audit.query(query)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining(range),
    });
  });

  it('find failures of a service, of the past 90 days at most', async () => {
    const { items, total } = await harness.client.audit.failures({ service: 'shell' });

    expect(total).toBe(items.length);
    expect(items.map(({ kind }) => kind)).toContain('policy.denied');
    await expect(harness.client.audit.failures({ days: 91 })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('1 to 90'),
    });
  });
});
