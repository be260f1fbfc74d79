import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { refusedDecisions } from '../../../activities/effects/ledger/decisions.ts';
import type { HoldfastClient } from '../../../clients/holdfast-client.ts';
import { openLocalClient } from '../../../clients/temporal/local-client.ts';
import type { SignedMessage } from '../../../domain/principals/signed-content.ts';
import { settingsSchema } from '../../../domain/settings/settings-schema.ts';
import { openIdentity, type Identity } from '../../../storage/administration.ts';
import { newestCall } from '../../../storage/calls/prepared-calls.ts';
import { loadConfiguration } from '../../../storage/definitions/load-configuration.ts';
import { hashJson } from '../../../storage/hashing.ts';
import { getOpenedRun } from '../../../storage/runs/runs.ts';
import {
  decideApprovalUpdate,
  pauseUpdate,
  resumeUpdate,
  settleEffectUpdate,
} from '../../../workflows/run/messages.ts';
import { putUnknown } from '../../support/runs/put-unknown.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import { startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';
import { calling, goodbye, script, shell } from '../../support/runs/run-scripts.ts';
import {
  openApproval,
  start,
  stateOf,
  whenEvent,
  whenRun,
} from '../../support/runs/running-runs.ts';

let harness: RunHarness;
let tester: Identity;
let ada: Identity;
let adaClient: HoldfastClient;

beforeAll(async () => {
  harness = await startRunHarness({
    scripts: [script('one', calling(shell('printf made > made.txt')), goodbye)],
  });
  tester = openIdentity(join(harness.home, 'identity.pem'));
  ada = openIdentity(join(harness.home, 'ada.pem'));
  await harness.client.whoAmI();
  await harness.client.putPerson({ name: 'ada', publicKey: ada.publicKey });
  adaClient = await openLocalClient({
    temporalAddress: harness.temporalAddress,
    namespace: 'default',
    taskQueue: 'holdfast',
    databaseUrl: harness.databaseUrl,
    tenant: 'default',
    home: harness.home,
    user: 'somebody',
    identity: ada,
  });
});

afterAll(async () => {
  try {
    await replayAll(harness);
  } finally {
    await adaClient.close();
    await harness.stop();
  }
});

type Fields = { readonly [field: string]: string };

const updates = {
  decideApproval: decideApprovalUpdate,
  pause: pauseUpdate,
  resume: resumeUpdate,
  settleEffect: settleEffectUpdate,
};

/** Sends an update as any Temporal client may. Returns the answer, or type and message of the refusal. */
async function sent(runId: string, name: keyof typeof updates, input: object): Promise<unknown> {
  const handle = harness.temporal.workflow.getHandle(runId);
  return handle
    .executeUpdate<unknown, [unknown]>(updates[name].name, { args: [input] })
    .catch((error: unknown) => {
      const cause: unknown = error instanceof Error ? error.cause : undefined;
      if (!(cause instanceof Error)) throw error;
      return { type: 'type' in cause ? cause.type : undefined, message: cause.message };
    });
}

/** A message with the signature of a key. */
function signed(
  key: Identity,
  { runId, message }: { readonly runId: string; readonly message: SignedMessage },
  input: Fields,
) {
  return { ...input, proof: key.sign({ message, runId, input }, new Date()) };
}

async function openedRun(runId: string) {
  const run = await getOpenedRun(harness.db, runId);
  if (run === undefined) throw new Error(`no row of ${runId}`);
  return run;
}

async function finished(runId: string): Promise<void> {
  const { approvals } = await stateOf(harness, runId);
  for (const { approvalId } of approvals) {
    await harness.client.decide({ approval: approvalId, decision: 'approve' });
  }
  expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
}

describe('a signed decision', () => {
  it('counts in the name that the key is registered under, whatever the message says', async () => {
    const runId = await start(harness, 'one');
    const { approvalId } = await openApproval(harness, runId);

    const answer = await adaClient.decide({ approval: approvalId, decision: 'approve' });

    expect(answer).toMatchObject({ state: 'approved', decidedBy: 'ada' });
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    const decided = await whenEvent(harness, runId, 'approval.decided');
    expect(decided).toMatchObject({ by: 'ada', keyId: ada.keyId, via: 'cli' });
  });

  it('covers changed arguments', async () => {
    const runId = await start(harness, 'one');
    const { approvalId } = await openApproval(harness, runId);
    const fields = { approvalId, decision: 'approve', decisionId: 'd', by: 'ada' };
    const message = 'decideApproval';

    const forged = {
      ...signed(ada, { runId, message }, fields),
      arguments: { command: 'printf forged > forged.txt' },
    };
    expect(await sent(runId, message, forged)).toMatchObject({ type: 'unauthenticated' });

    await adaClient.decide({
      approval: approvalId,
      decision: 'approve',
      arguments: { command: 'printf changed > changed.txt' },
    });
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    const { files } = await harness.client.diffRun(runId);
    expect(files.map(({ path }) => path)).toEqual(['changed.txt']);
  });

  it('counts for the arguments that were signed, not for others that a workflow prepares in its name', async () => {
    const runId = await start(harness, 'one');
    const { approvalId } = await openApproval(harness, runId);
    const { pins, project, specialist } = await openedRun(runId);
    const call = await newestCall(harness.db, approvalId.replace(/\/a\d+$/, ''));
    if (call === undefined) throw new Error('there is no call');
    const changed = { command: 'printf changed' };
    const input = { approvalId, decisionId: 'd', by: 'ada', arguments: hashJson(changed) };
    const content = { ...input, decision: 'approve' as const };
    const decision = {
      ...content,
      digest: call.digest,
      via: 'update',
      atMs: Date.now(),
      proof: ada.sign({ message: 'decideApproval', runId, input: content }, new Date()),
      signed: content,
    };
    const run = { runId, tenant: 'default', project, specialist, agentPath: 'main' };
    const refused = async (args: object) => {
      const prepared = { ...call, decisionId: 'd', arguments: { ...args, cwd: '.' } };
      return refusedDecisions(
        harness.db,
        { run, pins, decisions: [decision] },
        { call: { ...prepared, given: hashJson(args) }, terms: undefined, nowMs: Date.now() },
      );
    };

    expect(await refused(changed)).toBeUndefined();
    expect(await refused({ command: 'printf other' })).toEqual([
      { decisionId: 'd', reason: 'proof' },
    ]);
    await finished(runId);
  });

  it.each([
    ['of a key that nobody registered', 'stranger', {}],
    ['of something else', 'ada', { reason: 'changed behind the signature' }],
  ])(
    'does not count with a signature %s: it is recorded and the approval stays open',
    async (_, who, more) => {
      const runId = await start(harness, 'one');
      const { approvalId } = await openApproval(harness, runId);
      const key = who === 'ada' ? ada : openIdentity(join(harness.home, 'stranger.pem'));
      const fields = { approvalId, decision: 'approve', decisionId: 'd', by: 'ada', via: 'cli' };

      const input = { ...signed(key, { runId, message: 'decideApproval' }, fields), ...more };
      const refused = await sent(runId, 'decideApproval', input);

      expect(refused).toMatchObject({ type: 'unauthenticated' });
      const event = await whenEvent(harness, runId, 'message.refused');
      expect(event).toMatchObject({ signal: 'decideApproval', approvalId });
      expect((await stateOf(harness, runId)).approvals).toMatchObject([{ approvalId }]);
      await finished(runId);
    },
  );

  it('does not count for another run', async () => {
    const [first, second] = [await start(harness, 'one'), await start(harness, 'one')];
    await openApproval(harness, first);
    const { approvalId } = await openApproval(harness, second);
    const fields = { approvalId, decision: 'approve', decisionId: 'd', by: 'ada', via: 'cli' };

    const input = signed(ada, { runId: first, message: 'decideApproval' }, fields);

    expect(await sent(second, 'decideApproval', input)).toMatchObject({ type: 'unauthenticated' });
    await Promise.all([finished(first), finished(second)]);
  });
});

describe('a settlement', () => {
  it('runs nothing again while the run ends: the ledger keeps what may have happened', async () => {
    const runId = await start(harness, 'one');
    const { approvalId } = await openApproval(harness, runId);
    const callId = approvalId.replace(/\/a\d+$/, '');
    const { digest = '' } = (await newestCall(harness.db, callId)) ?? {};
    const gone = { host: 'gone', boot: '', pid: 1, startedTicks: '' };
    await putUnknown(harness.db, { runId, callId, digest, owner: gone });
    await harness.client.cancelRun(runId, 'test');
    await whenRun(harness, runId, ({ pause }) => pause === 'effect_unknown');

    const settled = { callId, settlement: 'run-again', reason: 'tried' };
    expect(await sent(runId, 'settleEffect', settled)).toMatchObject({
      type: 'Message.Invalid',
      message: expect.stringContaining('is ending'),
    });

    await harness.client.settleEffect({ effect: callId, settlement: 'happened', reason: 'seen' });
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'cancelled' });
    const [effect] = await harness.client.listEffects({ run: runId });
    expect(effect).toMatchObject({ callId, state: 'committed' });
  });
});

describe('a message without a proof', () => {
  it('is nobody’s, whatever name it carries', async () => {
    const runId = await start(harness, 'one');
    const { approvalId } = await openApproval(harness, runId);

    const answer = await sent(runId, 'decideApproval', {
      approvalId,
      decision: 'approve',
      by: 'ada',
    });

    expect(answer).toMatchObject({ state: 'approved', decidedBy: 'unauthenticated' });
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    const decided = await whenEvent(harness, runId, 'approval.decided');
    expect(decided).toMatchObject({ by: 'unauthenticated', claimed: 'ada' });
  });
});

describe('a signed pause', () => {
  it('names the person, and cannot be sent again as a resume or later', async () => {
    const runId = await start(harness, 'one');
    await openApproval(harness, runId);
    await adaClient.pauseRun(runId, 'lunch');
    await whenRun(harness, runId, ({ pause }) => pause === 'person');
    const paused = await whenEvent(harness, runId, 'run.paused');
    expect(paused).toMatchObject({ message: 'paused by ada' });

    const pause = signed(ada, { runId, message: 'pause' }, { by: 'ada' });
    expect(await sent(runId, 'resume', pause)).toMatchObject({ type: 'unauthenticated' });
    const input = { by: 'ada' };
    const old = new Date(Date.now() - 6 * 60_000);
    const proof = ada.sign({ message: 'resume', runId, input }, old);
    expect(await sent(runId, 'resume', { ...input, proof })).toMatchObject({
      type: 'unauthenticated',
      message: expect.stringContaining('older than five minutes'),
    });

    expect(await stateOf(harness, runId)).toMatchObject({ pause: 'person' });
    await adaClient.resumeRun(runId, undefined);
    await whenRun(harness, runId, ({ pause: is }) => is === null);
    await finished(runId);
  });
});

describe('a run', () => {
  it('is asked for by the person who signed its start', async () => {
    const { runId } = await adaClient.startRun({
      request: { prompt: 'do it [conversation:one]' },
    });
    await openApproval(harness, runId);

    expect(await harness.client.getRun(runId)).toMatchObject({ requestedBy: 'ada' });
    await finished(runId);
  });

  it('is asked for by nobody when a start only says a name', async () => {
    const runId = 'run/default/raw-start';
    await harness.temporal.workflow.start('runWorkflow', {
      workflowId: runId,
      taskQueue: 'holdfast',
      args: [
        {
          tenant: 'default',
          project: 'default',
          requestedBy: { name: 'ada', kind: 'person' },
          request: { prompt: 'do it [conversation:one]', policy: 'headless-safe-sandbox' },
        },
      ],
    });
    await openApproval(harness, runId);

    expect(await harness.client.getRun(runId)).toMatchObject({ requestedBy: 'unauthenticated' });
    const started = await whenEvent(harness, runId, 'run.started');
    expect(started).toMatchObject({ requestedBy: 'unauthenticated', claimed: 'ada' });
    await finished(runId);
  });
});

describe('the register of people', () => {
  it('makes the first who acts the admin, and lets only admins change it', async () => {
    expect(await harness.client.whoAmI()).toMatchObject({
      name: 'tester',
      roles: ['admin', 'approver', 'operator', 'viewer'],
      keys: [{ keyId: tester.keyId }],
    });
    expect(await adaClient.whoAmI()).toMatchObject({ name: 'ada', roles: ['approver', 'viewer'] });

    const bob = openIdentity(join(harness.home, 'bob.pem'));
    const wanted = { name: 'bob', publicKey: bob.publicKey, roles: ['sre'] };
    await expect(adaClient.putPerson(wanted)).rejects.toMatchObject({ code: 'permission_denied' });
    expect(await harness.client.putPerson(wanted)).toMatchObject({ roles: ['sre'] });
    await harness.client.removePerson('bob');
    const names = (await harness.client.listPeople()).map(({ name }) => name);
    expect(names).toEqual(['ada', 'tester']);
  });

  it.each([
    [{ name: 'eve', publicKey: 'AAAA' }, 'invalid_argument'],
    [{ name: 'eve' }, 'invalid_argument'],
    [{ name: 'unauthenticated' }, 'invalid_argument'],
    [{ name: 'tester', roles: ['viewer'] }, 'conflict'],
    [{ name: 'ada', roles: ['No Role'] }, 'invalid_argument'],
  ])('refuses %j', async (wanted, code) => {
    await expect(harness.client.putPerson(wanted)).rejects.toMatchObject({ code });
  });

  it('is kept when the configuration is loaded anew', async () => {
    const before = await harness.client.listPeople();

    await loadConfiguration(harness.db, 'default', {
      settings: settingsSchema.parse({}),
      policiesFolder: { path: join(harness.home, 'no-policies'), isNamed: false },
      variables: {},
    });

    expect(await harness.client.listPeople()).toEqual(before);
  });

  it('gives no key to a second name', async () => {
    const wanted = { name: 'eve', publicKey: ada.publicKey };

    await expect(harness.client.putPerson(wanted)).rejects.toMatchObject({ code: 'conflict' });
  });
});
