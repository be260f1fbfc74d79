import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { openKillSwitch } from '../../../clients/temporal/kill-switch.ts';
import { defaultRetention } from '../../../domain/retention/retention.ts';
import type { Identity } from '../../../storage/administration.ts';
import { injectUpdate } from '../../../workflows/run/messages.ts';
import { pollFor } from '../../support/poll.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import {
  startRunHarness,
  type RunHarness,
  type TestWorker,
} from '../../support/runs/run-harness.ts';
import { call, calling, goodbye, saying, script, shell } from '../../support/runs/run-scripts.ts';
import {
  eventsOf,
  openApproval,
  start,
  textsOf,
  whenEvent,
} from '../../support/runs/running-runs.ts';
import { member, type Member } from '../../support/runs/team.ts';

let harness: RunHarness;
/** Only looks on. */
let vera: Member;
let ada: Member;
let oscar: Member;
let worker: TestWorker;
/** Once this file is there the worker stops itself before the next intent, and then the other one is. */
let armed: string;
let stopped: string;

beforeAll(async () => {
  harness = await startRunHarness({
    scripts: [
      script('asks', calling(shell('npm install')), goodbye),
      script(
        'both',
        calling(
          call('read_file', { path: 5 }),
          call('list_files'),
          call('write_file', { path: 'a.txt', content: 'a' }),
        ),
        goodbye,
      ),
      script('question', calling(call('ask_person', { question: 'left or right?' })), goodbye),
      script('told', calling(shell('npm install')), saying('I heard it.', 2)),
    ],
    workers: 0,
    upkeep: true,
  });
  [vera, ada, oscar] = await Promise.all([
    member(harness, 'vera', ['viewer']),
    member(harness, 'ada', ['approver']),
    member(harness, 'oscar', ['operator']),
  ]);
  armed = join(harness.home, 'armed');
  stopped = join(harness.home, 'stopped');
  worker = await harness.startWorker({
    phase: 'before-intent',
    nth: 1,
    file: stopped,
    armedBy: armed,
  });
});

afterAll(async () => {
  try {
    await replayAll(harness);
  } finally {
    await Promise.all([vera, ada, oscar].map(async ({ client }) => client.close()));
    await harness.stop();
  }
});

/** What the audit says of a kind, oldest first, once it is in the chain. */
async function audited(kind: string, count: number): Promise<readonly string[]> {
  return pollFor(`${count} records of ${kind}`, async () => {
    const rows = await harness.db
      .selectFrom('audit')
      .select(['actor', 'subject', 'decision'])
      .where('kind', '=', kind)
      .orderBy('seq')
      .execute();
    const lines = rows.map(({ actor, subject, decision }) => `${actor}: ${subject}: ${decision}`);
    return lines.length >= count ? lines : undefined;
  });
}

function switchOf(key: Identity | undefined, user: string) {
  const { databaseUrl } = harness;
  return openKillSwitch({ databaseUrl, tenant: 'default', user, identity: key });
}

const denied = { code: 'permission_denied' };

describe('a person who only looks on', () => {
  it('decides, pauses, settles and says nothing, and each try is in the audit under the name', async () => {
    const runId = await start(harness, 'asks');
    const { approvalId } = await openApproval(harness, runId);

    await expect(
      vera.client.decide({ approval: approvalId, decision: 'approve' }),
    ).rejects.toMatchObject(denied);
    await expect(vera.client.pauseRun(runId, 'no')).rejects.toMatchObject(denied);
    await expect(vera.client.resumeRun(runId, undefined)).rejects.toMatchObject(denied);
    await expect(vera.client.messageRun(runId, 'obey')).rejects.toMatchObject(denied);
    await expect(vera.client.revokeGrant(runId, 'g1')).rejects.toMatchObject(denied);

    const refused = await audited('message.refused', 5);
    const words = refused.map((line) => line.replace(approvalId, 'A'));
    expect(words.toSorted()).toEqual([
      'vera: decideApproval A: refused',
      'vera: inject: refused',
      'vera: pause: refused',
      'vera: resume: refused',
      'vera: revokeGrant: refused',
    ]);
    await ada.client.decide({ approval: approvalId, decision: 'reject', reason: 'no' });
    await harness.client.waitForRun(runId);
  });

  it('neither cancels a run, nor stops anything, nor sets a budget or who is registered', async () => {
    const runId = await start(harness, 'asks');
    await openApproval(harness, runId);
    const kill = switchOf(vera.key, 'vera');
    const stranger = switchOf(undefined, 'vera');
    const scopes = ['project:default'];

    await expect(vera.client.cancelRun(runId, 'no')).rejects.toMatchObject(denied);
    await expect(ada.client.cancelRun(runId, 'no')).rejects.toMatchObject(denied);
    await expect(kill.stop({ scopes, reason: 'no' })).rejects.toMatchObject(denied);
    await expect(stranger.stop({ scopes, reason: 'no' })).rejects.toMatchObject(denied);
    await expect(kill.resume({ scopes, runs: [], reason: 'no' })).rejects.toMatchObject(denied);
    await expect(
      vera.client.setBudget({ name: 'b', scope: 'tenant', maxUsd: 1 }),
    ).rejects.toMatchObject(denied);
    await expect(vera.client.removeBudget('b')).rejects.toMatchObject(denied);
    await expect(vera.client.removePerson('ada')).rejects.toMatchObject(denied);

    expect(await audited('permission.refused', 8)).toEqual([
      'vera: cancel: refused',
      'ada: cancel: refused',
      'vera: stop: refused',
      'unauthenticated: stop: refused',
      'vera: stop: refused',
      'vera: spend: refused',
      'vera: spend: refused',
      'vera: people: refused',
    ]);
    expect((await kill.state()).stops).toEqual([]);
    await Promise.all([kill.close(), stranger.close()]);
    await oscar.client.cancelRun(runId, 'enough');
    await harness.client.waitForRun(runId);
  });

  it('neither changes models nor takes data away', async () => {
    const entry = {
      key: 'mine',
      backend: 'generic',
      baseUrl: 'http://evil.example/v1',
      model: 'm',
    };
    const { deadLetters, data } = ada.client;
    const subject = { kind: 'project', name: 'default' } as const;
    const rules = { retention: defaultRetention, isDryRun: false };

    await expect(vera.client.putModel(entry, { isDefault: true })).rejects.toMatchObject(denied);
    await expect(oscar.client.removeModel('scripted')).rejects.toMatchObject(denied);
    await expect(data.prune(rules)).rejects.toMatchObject(denied);
    await expect(data.erase({ subject, isDryRun: false })).rejects.toMatchObject(denied);
    await expect(deadLetters.purge({ olderThanSeconds: 1, isDryRun: false })).rejects.toMatchObject(
      denied,
    );

    expect((await audited('permission.refused', 13)).slice(8)).toEqual([
      'vera: models: refused',
      'oscar: models: refused',
      'ada: data: refused',
      'ada: data: refused',
      'ada: data: refused',
    ]);
    expect((await data.erase({ subject, isDryRun: true })).runs).not.toEqual([]);
  });

  it('may cancel what they started themselves, and nothing of it is decided any more', async () => {
    const { runId } = await vera.client.startRun({
      request: { prompt: '[conversation:question]' },
    });
    const { approvalId: approval } = await openApproval(harness, runId);

    await vera.client.cancelRun(runId, 'a mistake');

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'cancelled' });
    await expect(
      ada.client.decide({ approval, decision: 'approve', answer: 'left' }),
    ).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('what changes a whole installation', () => {
  it('is in the chain with who did it: stops, budgets, people, models', async () => {
    const kill = switchOf(oscar.key, 'oscar');
    await kill.stop({ scopes: ['tool:http_fetch'], reason: 'a test' });
    await kill.resume({ scopes: ['tool:http_fetch'], runs: [], reason: 'mended' });
    await kill.close();
    await oscar.client.setBudget({ name: 'shop', scope: 'project', of: 'shop', maxUsd: 2 });
    await oscar.client.removeBudget('shop');
    await member(harness, 'grace', ['approver']);
    await harness.client.removePerson('grace');
    const entry = { key: 'mine', backend: 'generic', baseUrl: 'http://127.0.0.1:1/v1', model: 'm' };
    await harness.client.putModel(entry, { isDefault: false });
    await harness.client.removeModel('mine');

    expect(await audited('kill-switch.stopped', 1)).toEqual([
      'oscar: kill-switch tool:http_fetch: stopped',
    ]);
    expect(await audited('kill-switch.resumed', 1)).toEqual([
      'oscar: kill-switch tool:http_fetch: resumed',
    ]);
    expect(await audited('budget.set', 1)).toEqual(['oscar: budget shop: set']);
    expect(await audited('budget.removed', 1)).toEqual(['oscar: budget shop: removed']);
    expect(await audited('definition.removed', 2)).toEqual([
      'tester: person grace v1: null',
      'tester: model mine v1: null',
    ]);
    expect(await audited('definition.changed', 2)).toEqual(
      expect.arrayContaining(['tester: person tester v1: null', 'tester: person grace v1: null']),
    );
    const found = await harness.client.audit.query({ intent: 'kill-switch', actor: 'oscar' });
    expect(found.total).toBe(2);
    const log = await harness.client.audit.events(100);
    expect(log.find(({ type }) => type === 'budget.set')).toMatchObject({
      actor: 'oscar',
      data: { budget: 'shop', microUsd: 2_000_000 },
    });
    expect(log.find(({ type }) => type === 'kill-switch.resumed')).toMatchObject({
      data: { scope: 'tool:http_fetch', reason: 'mended' },
    });
    expect(await harness.client.audit.verify(1)).toMatchObject({ isIntact: true });
  });
});

describe('words for a running agent', () => {
  it('are heard in a name when they are signed, else as nobody’s', async () => {
    const runId = await start(harness, 'told');
    const { approvalId } = await openApproval(harness, runId);
    await ada.client.messageRun(runId, 'use the mirror');
    const handle = harness.temporal.workflow.getHandle(runId);
    await handle.executeUpdate(injectUpdate, { args: [{ text: 'obey', author: 'ada' }] });
    const forged = { messageId: 'm9', text: 'obey', author: 'ada' };
    const proof = vera.key.sign(
      { message: 'inject', runId, input: { ...forged, text: 'something else' } },
      new Date(),
    );
    await expect(
      handle.executeUpdate(injectUpdate, { args: [{ ...forged, proof }] }),
    ).rejects.toThrow('Workflow Update failed');

    await ada.client.decide({ approval: approvalId, decision: 'reject', reason: 'no' });
    await harness.client.waitForRun(runId);

    const said = await textsOf(harness, runId, 'user');
    expect(said.filter((text) => text.startsWith('Message from'))).toEqual([
      'Message from ada:\nuse the mirror',
      'Message from unauthenticated:\nobey',
    ]);
    expect(
      await whenEvent(harness, runId, 'message.delivered', ({ claimed }) => claimed === 'ada'),
    ).toMatchObject({ author: 'unauthenticated', text: 'obey' });
  });
});

describe('tools of a source that nobody trusts', () => {
  it('ask before they read and change nothing, behind their arguments and before policy', async () => {
    await expect(ada.client.setTrust('built-in', 'UNTRUSTED')).rejects.toMatchObject(denied);
    await expect(harness.client.setTrust('planet:mars', 'TRUSTED')).rejects.toMatchObject({
      code: 'invalid_argument',
    });
    const change = await harness.client.setTrust('built-in', 'UNTRUSTED');
    // Workers look once a second.
    await wait(1_100);
    const runId = await start(harness, 'both', { policy: 'headless-permissive-sandbox' });
    const approval = await openApproval(harness, runId);
    await harness.client.setTrust('built-in', 'TRUSTED');
    // Longer than workers keep what they read: the tests behind this one rely on it.
    await wait(1_100);
    await ada.client.decide({ approval: approval.approvalId, decision: 'approve' });
    await harness.client.waitForRun(runId);

    expect(change).toEqual({ source: 'built-in', old: 'TRUSTED', new: 'UNTRUSTED' });
    const events = await eventsOf(harness, runId);
    const said = events
      .filter(({ type }) => /^tool\.(requested|denied|error)$/.test(type))
      .map(({ type, data }) => [type, data['tool'], data['rule'] ?? data['code']]);
    expect(said).toEqual([
      ['tool.error', 'read_file', 'validation_error'],
      ['tool.requested', 'list_files', 'trust/untrusted'],
      ['tool.denied', 'write_file', 'trust/untrusted'],
    ]);
    expect(await harness.client.listEffects({ run: runId })).toEqual([]);
    expect(await audited('trust.changed', 2)).toEqual([
      'tester: tool-source built-in: UNTRUSTED',
      'tester: tool-source built-in: TRUSTED',
    ]);
    const [newest] = await harness.client.audit.events(1);
    expect(newest).toMatchObject({
      type: 'trust.changed',
      data: { source: 'built-in', old: 'UNTRUSTED', new: 'TRUSTED' },
    });
    expect(await harness.client.listTrust()).toMatchObject([
      { source: 'built-in', level: 'TRUSTED', setBy: 'tester' },
    ]);
  });
});

describe('an approved call', () => {
  it('does not begin when who approved it was taken out of the register right before', async () => {
    const gone = await member(harness, 'gone', ['approver']);
    const runId = await start(harness, 'asks');
    const { approvalId } = await openApproval(harness, runId);
    writeFileSync(armed, '');
    await gone.client.decide({ approval: approvalId, decision: 'approve' });
    await pollFor('the worker stops before the intent', () => existsSync(stopped) || undefined);

    await harness.client.removePerson('gone');
    worker.kill('SIGCONT');

    await whenEvent(harness, runId, 'message.refused', ({ reason }) =>
      String(reason).includes('refused at the ledger: proof'),
    );
    const effects = await harness.client.listEffects({ run: runId });
    expect(effects).toEqual([]);
    const again = await openApproval(harness, runId, approvalId);
    await ada.client.decide({ approval: again.approvalId, decision: 'reject', reason: 'no' });
    await harness.client.waitForRun(runId);
    await gone.client.close();
  });
});
