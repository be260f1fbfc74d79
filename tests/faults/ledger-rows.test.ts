import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';

import { refusedDecisions } from '../../activities/effects/ledger/decisions.ts';
import { BegunMarks } from '../../activities/effects/ledger/begun-marks.ts';
import { recordSettlement } from '../../activities/effects/ledger/settle.ts';
import { thisProcess } from '../../activities/effects/ledger/owner.ts';
import type {
  RecordSettlementInput,
  RecordSettlementResult,
} from '../../domain/agent/activities.ts';
import type { Approval, Decision } from '../../domain/approval/approval.ts';
import type { ApprovalTerms } from '../../domain/approval/terms.ts';
import type { Note } from '../../domain/events/note.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { AgentRef, RunPins } from '../../domain/run/run-input.ts';
import { putApproval, tellAgain } from '../../storage/approvals/approvals.ts';
import { putCalls, type StoredCall } from '../../storage/calls/prepared-calls.ts';
import { endEffect, getEffect, takeOver } from '../../storage/effects/effects.ts';
import { endWithOutcome } from '../../storage/effects/end-with-outcome.ts';
import { openIntent } from '../../storage/effects/open-intent.ts';
import { openUndo } from '../../storage/effects/undo-effects.ts';
import { appendEvents } from '../../storage/events/append-events.ts';
import {
  claimIdentity,
  openIdentity,
  putPerson,
  removePerson,
} from '../../storage/administration.ts';
import { hashJson } from '../../storage/hashing.ts';
import { migrateUp } from '../../storage/migrations/migrate.ts';
import { openDatabase, type Database } from '../../storage/postgres/database.ts';
import { liftScopes, stopScopes } from '../../storage/stops/kill-switch.ts';
import { insertRun, lockRun, setRunStatus } from '../../storage/runs/runs.ts';
import { pollFor } from '../support/poll.ts';
import { stopSubject } from '../../domain/stops/stop-scopes.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';

let server: TestDatabase;
let db: Database;

beforeAll(async () => {
  server = await startTestDatabase();
  await migrateUp(server.url);
  db = openDatabase(server.url);
});

afterAll(async () => {
  await db.destroy();
  await server.stop();
});

const owner = thisProcess('here', process.pid);
const policy = { type: 'allow', rule: 'edits', scope: 'run', policy: 'p' } as const;

const pins: RunPins = {
  definitions: 'd',
  policy: 'p',
  limits: {
    maxTurns: 1,
    timeoutSeconds: 60,
    maxCostMicroUsd: null,
    stallDetection: false,
    stallThreshold: 5,
  },
  queues: { workflow: 'q', model: 'q', tools: 'q' },
  workspace: { id: 'w', host: 'here' },
  gates: [],
  title: 'rows',
};

async function newRun(key: string): Promise<string> {
  const runId = `run/default/${key}`;
  await insertRun(db, {
    runId,
    tenant: 'default',
    project: 'default',
    firstExecution: 'first',
    requestedBy: 'tester',
    specialist: 'engineering',
    model: null,
    request: {
      policy: 'p',
      networkAllowed: false,
      executionMode: 'sandbox',
      deliver: 'none',
      autonomy: 'semi_auto',
      limits: {},
      labels: {},
    },
    pins: { ...pins, title: key },
    head: 'h',
  });
  return runId;
}

function callOf(runId: string): StoredCall {
  return {
    callId: `${runId}/main/t1/c0`,
    digest: 'digest',
    tenant: 'default',
    runId,
    tool: 'shell',
    access: 'change',
    arguments: { command: 'true' },
    facts: null,
    preconditions: null,
    verdict: policy,
    why: [],
    preview: '$ true',
    detail: '',
    decisionId: null,
  };
}

type Opened = Awaited<ReturnType<typeof openIntent>>;

async function newIntent(call: StoredCall, effectSeq = 1): Promise<Opened> {
  const { callId, tenant, runId, digest, tool, preview } = call;
  await putCalls(db, [call]);
  return openIntent(db, {
    intent: {
      callId,
      tenant,
      runId,
      agentPath: 'main',
      effectSeq,
      digest,
      tool,
      target: preview,
      owner,
      leaseUntil: new Date(Date.now() + 30_000),
      before: null,
      fence: 7,
    },
    subject: stopSubject({ tenant, runId, project: 'calc', specialist: 'general' }, [tool]),
    notes: [],
    events: [{ type: 'effect.intent', data: { callId, tool, effectSeq } }],
  });
}

const decision = (approvalId: string, atMs: number): Decision => ({
  decisionId: 'd1',
  approvalId,
  digest: 'digest',
  decision: 'approve',
  by: 'tester',
  via: 'cli',
  atMs,
});

/** A key of somebody else. */
function otherKey(): { readonly keyId: string; readonly publicKey: string } {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-key-'));
  const { keyId, publicKey } = openIdentity(join(folder, 'identity.pem'));
  return { keyId, publicKey };
}

const note = (position: number): Note => ({
  position,
  type: 'gate.failed',
  atMs: 0,
  data: { position },
});

const refOf = ({ runId }: StoredCall): AgentRef => ({
  runId,
  tenant: 'default',
  project: 'default',
  agentPath: 'main',
  specialist: 'engineering',
});

async function settling(
  call: StoredCall,
  settlement: RecordSettlementInput['settlement'],
  decisionId = 'd1',
): Promise<RecordSettlementResult> {
  const run = refOf(call);
  return recordSettlement(
    { db, owner, now: Date.now, running: new Set(), begun: new BegunMarks(tmpdir()) },
    {
      run,
      callId: call.callId,
      settlement,
      reason: 'looked',
      by: 'tester',
      decisionId,
      notes: [],
    },
  );
}

describe('two workers at one intent', () => {
  it('one takes it over, and the first owner cannot end it any more', async () => {
    const call = callOf(await newRun('fence'));
    await newIntent(call);
    const record = await getEffect(db, call.callId);
    if (record === undefined) throw new Error('the intent is not there');
    const taker = { owner, leaseUntil: new Date() };

    const fences = await Promise.all([takeOver(db, record, taker), takeOver(db, record, taker)]);
    const late = await endEffect(db, { callId: call.callId, fence: 7, state: 'committed' });
    const mine = await endEffect(db, { callId: call.callId, fence: 8, state: 'failed' });

    expect(fences.filter((fence) => fence !== undefined)).toEqual([8]);
    expect([late, mine]).toEqual([false, true]);
  });
});

describe('the event log', () => {
  it('numbers events without a gap and writes notes once, whoever writes at the same time', async () => {
    const runId = await newRun('events');
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) =>
        db.transaction().execute(async (tx) =>
          appendEvents(tx, {
            runId,
            notes: [note(1), note(2), note(3)],
            events: [{ type: 'tool.started', data: { index } }],
          }),
        ),
      ),
    );

    const events = await db
      .selectFrom('events')
      .select(['seq', 'type'])
      .where('run_id', '=', runId)
      .orderBy('seq')
      .execute();
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 43 }, (_, i) => i + 1));
    expect(events.slice(0, 3).map(({ type }) => type)).toEqual(Array(3).fill('gate.failed'));
  });

  it('keeps its numbers when effects begin and end at the same time', async () => {
    const runId = await newRun('busy');
    const call = callOf(runId);
    await newIntent(call);
    const other = { ...call, callId: `${runId}/main/t1/c1` };
    const started = { type: 'tool.started' as const, data: {} };

    const said = Array.from({ length: 30 }, async () =>
      appendEvents(db, { runId, notes: [], events: [started] }),
    );
    // The second effect may begin only when the first has ended, whoever is faster.
    const opened = [await newIntent(other, 2)];
    const texts = new Map([['t', 'done']]);
    const outcome = {
      callId: call.callId,
      status: 'ok',
      result: 't',
      outputHash: '',
      progress: true,
    } as const;
    await Promise.all([
      ...said,
      endWithOutcome(db, {
        ...call,
        fence: 7,
        state: 'committed',
        outcome,
        texts,
        events: [started],
      }),
    ]);
    const again = Array.from({ length: 5 }, async () => newIntent(other, 2));
    opened.push(...(await Promise.all(again)));

    const written = opened.filter(({ type }) => type === 'written');
    const events = await db
      .selectFrom('events')
      .select('seq')
      .where('run_id', '=', runId)
      .orderBy('seq')
      .execute();
    expect(opened[0]).toEqual({ type: 'gap', before: 'intent' });
    expect(written).toHaveLength(1);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 33 }, (_, i) => i + 1));
  });

  it('is told of a wait once, however often the same is announced', async () => {
    const runId = await newRun('status');
    const wait = { runId, status: 'paused', pause: 'person', message: 'a word' } as const;

    const changes = [await setRunStatus(db, wait), await setRunStatus(db, wait)];

    expect(changes).toEqual([true, false]);
  });
});

async function someoneWaits(): Promise<true | undefined> {
  const { rows } = await sql<{ readonly waiting: boolean }>`
    select exists (select 1 from pg_locks where not granted) as waiting`.execute(db);
  return rows[0]?.waiting === true ? true : undefined;
}

describe('closing and beginning', () => {
  it('wait for each other at the row of the run', async () => {
    const runId = await newRun('lock');
    const order: string[] = [];
    let closed: Promise<unknown> = Promise.resolve();

    await db.transaction().execute(async (tx) => {
      await lockRun(tx, runId);
      closed = db.transaction().execute(async (other) => {
        await lockRun(other, runId);
        order.push('closed');
      });
      await pollFor('the other one waits for the row', async () => someoneWaits());
      order.push('began');
    });
    await closed;

    expect(order).toEqual(['began', 'closed']);
  });
});

describe('a stop that is committed while an intent waits for the row of its run', () => {
  it.each(['run:run/default/s1', 'tool:shell', 'all'])('holds the intent: %s', async (scope) => {
    const runId = await newRun(`s${(stops += 1)}`);
    const covering = scope.startsWith('run:') ? `run:${runId}` : scope;
    const by = { tenant: 'default', by: 'ada', reason: 'now' };
    let waiting: Promise<Opened> | undefined;
    await db.transaction().execute(async (tx) => {
      await lockRun(tx, runId);
      waiting = newIntent(callOf(runId));
      waiting.catch(() => undefined);
      await pollFor('the intent waits', async () => someoneWaits());
      await stopScopes(db, by, [covering]);
    });

    expect(await waiting).toEqual({ type: 'stopped', scope: covering });
    await liftScopes(db, by, [covering]);
    expect(await newIntent(callOf(runId))).toEqual({ type: 'written' });
  });
});

let stops = 0;

describe('an effect that somebody takes back', () => {
  it('and those of its run wait for each other', async () => {
    const call = callOf(await newRun('undoing'));
    const next = { ...call, callId: `${call.runId}/main/t1/c1` };
    await newIntent(call);
    await endEffect(db, { callId: call.callId, fence: 7, state: 'committed' });
    await setRunStatus(db, { runId: call.runId, status: 'paused', pause: 'person', message: null });
    const undo = async () => newUndo(call);

    expect(await newIntent(next, 2)).toEqual({ type: 'written' });
    expect(await undo()).toEqual({ type: 'moved-on' });
    await endEffect(db, { callId: next.callId, fence: 7, state: 'committed' });
    expect(await undo()).toEqual({ type: 'written' });
    const third = { ...call, callId: `${call.runId}/main/t1/c2` };
    expect(await newIntent(third, 3)).toEqual({ type: 'undoing' });
    await endEffect(db, { callId: `${call.callId}/undo`, fence: 8, state: 'committed' });
    expect(await newIntent(third, 3)).toEqual({ type: 'written' });
  });
});

async function newUndo({ callId, tenant, runId, tool }: StoredCall) {
  return openUndo(db, {
    undoes: callId,
    subject: stopSubject({ tenant, runId, project: 'calc', specialist: 'general' }, [tool]),
    intent: {
      callId: `${callId}/undo`,
      tenant,
      runId,
      agentPath: 'main/undo',
      effectSeq: 1,
      digest: 'back',
      tool,
      target: '',
      owner,
      leaseUntil: new Date(Date.now() + 30_000),
      before: null,
      fence: 8,
    },
    events: [],
  });
}

describe('a decision', () => {
  it('counts only for this digest, and only when it was made in time', async () => {
    const call = callOf(await newRun('decisions'));
    const approvalId = `${call.callId}/a1`;
    await putApproval(db, call, approvalOf(call));

    const refused = async (one: Decision) => refusedOf(call, one);

    const inTime = await refused(decision(approvalId, 1_000));
    const late = await refused(decision(approvalId, 1_001));
    const unknown = await refused(decision('nobody/a1', 1));

    expect(inTime).toBeUndefined();
    expect(late).toEqual([{ decisionId: 'd1', reason: 'expired' }]);
    expect(unknown).toEqual([{ decisionId: 'd1', reason: 'proof' }]);
  });

  it('counts in a name only while the key of its proof is registered', async () => {
    const call = callOf(await newRun('proved'));
    const { runId } = call;
    const approvalId = `${call.callId}/a1`;
    const key = openIdentity(join(mkdtempSync(join(tmpdir(), 'holdfast-key-')), 'identity.pem'));
    const { keyId, publicKey } = key;
    await claimIdentity(db, 'default', { name: 'admin', ...otherKey() });
    const ada = { name: 'ada', keys: [{ keyId, publicKey }], by: 'admin' };
    await putPerson(db, 'default', { ...ada, roles: ['approver'] });
    await putApproval(db, call, approvalOf(call));
    const signed = { approvalId, decision: 'approve', decisionId: 'd1', by: 'ada' };
    const proof = key.sign({ message: 'decideApproval', runId, input: signed }, new Date());
    const proved = { ...decision(approvalId, 1_000), by: 'ada', proof, signed };
    const refused = async (one: Decision) => refusedOf(call, one);
    const notProved = [{ decisionId: 'd1', reason: 'proof' }];

    expect(await refused(proved)).toBeUndefined();
    expect(await refused({ ...proved, by: 'admin' })).toEqual(notProved);
    const elsewhere = { ...signed, approvalId: 'another' };
    expect(await refused({ ...proved, signed: elsewhere })).toEqual(notProved);
    await putPerson(db, 'default', { ...ada, roles: ['viewer'] });
    expect(await refused(proved)).toEqual([{ decisionId: 'd1', reason: 'quorum' }]);
    await removePerson(db, 'default', { name: 'ada', by: 'admin' });
    expect(await refused(proved)).toEqual(notProved);
  });

  it('counts by who started the run and whom it reached on record, whatever the workflow says', async () => {
    const call = callOf(await newRun('circumstances'));
    const eve = await person('eve', ['ops']);
    const terms: ApprovalTerms = {
      requirements: [{ quorum: 1, roles: ['sre'], people: [] }],
      separationOfDuties: true,
      rejectQuorum: 1,
      expiresAfterSeconds: 1,
      onTimeout: 'reject',
      escalation: [{ afterSeconds: 1, to: 'ops' }],
      reminder: false,
    };
    const approval = approvalOf(call);
    await putApproval(db, call, approval);
    const one = signedBy(eve, call, { digest: call.digest });
    const claims = { requestedBy: 'somebody', editedBy: [], escalatedTo: ['person:eve', 'ops'] };
    const others = { terms, circumstances: claims };
    const startedBy = (requestedBy: string) => ({ ...others, pins: { ...pins, requestedBy } });

    expect(await refusedOf(call, one, startedBy('bob'))).toEqual(refusedFor('quorum'));
    await tellAgain(db, { ...approval, escalatedTo: ['person:eve'] }, 1);
    expect(await refusedOf(call, one, startedBy('bob'))).toEqual(refusedFor('quorum'));
    await tellAgain(db, { ...approval, escalatedTo: ['ops'] }, 2);
    expect(await refusedOf(call, one, startedBy('eve'))).toEqual(refusedFor('duties'));
    expect(await refusedOf(call, one, startedBy('bob'))).toBeUndefined();
    // Nobody proved to have started the run: one of those who approve may have.
    expect(await refusedOf(call, one, others)).toEqual(refusedFor('quorum'));
  });

  it('counts for the call that its signer saw or wrote, not for another one at its position', async () => {
    const call = callOf(await newRun('other-call'));
    const zoe = await person('zoe', ['sre']);
    await putApproval(db, call, approvalOf(call));
    const other = { ...call, digest: 'other' };
    const changed = { ...other, decisionId: 'd1', given: hashJson({ command: 'false' }) };
    const forged = { ...changed, given: hashJson({ command: 'rm -r .' }) };
    const inWords = { arguments: hashJson({ command: 'false' }) };

    const saw = signedBy(zoe, call, {});
    expect(await refusedOf(call, saw)).toBeUndefined();
    expect(await refusedOf(other, { ...saw, digest: 'other' })).toEqual(refusedFor('proof'));
    const wrote = { ...signedBy(zoe, call, inWords), digest: 'other' };
    expect(await refusedOf(changed, wrote)).toBeUndefined();
    expect(await refusedOf(forged, wrote)).toEqual(refusedFor('proof'));
    expect(await refusedOf({ ...other, arguments: { command: 'false' } }, wrote)).toBeUndefined();
    expect(await refusedOf(other, wrote)).toEqual(refusedFor('proof'));
    const elsewhere = { ...call, callId: `${call.runId}/main/t2/c0` };
    expect(await refusedOf(elsewhere, saw)).toEqual(refusedFor('proof'));
  });
});

const refusedFor = (reason: string) => [{ decisionId: 'd1', reason }];

function approvalOf({ callId }: StoredCall): Approval {
  return {
    approvalId: `${callId}/a1`,
    kind: 'tool_call',
    callId,
    subject: 's',
    digest: 'digest',
    risk: 'change',
    rule: 'r',
    requestedAtMs: 0,
    expiresAtMs: 1_000,
    state: 'open',
  };
}

async function refusedOf(
  call: StoredCall,
  one: Decision,
  {
    terms,
    ...more
  }: Partial<Parameters<typeof refusedDecisions>[1]> & { readonly terms?: ApprovalTerms } = {},
): ReturnType<typeof refusedDecisions> {
  const input = { run: refOf(call), pins, decisions: [one], ...more };
  return refusedDecisions(db, input, { call, terms, nowMs: 0 });
}

/** A registered person with a key. */
async function person(name: string, roles: string[]) {
  const key = openIdentity(join(mkdtempSync(join(tmpdir(), 'holdfast-key-')), 'identity.pem'));
  const { keyId, publicKey } = key;
  await putPerson(db, 'default', { name, roles, keys: [{ keyId, publicKey }], by: 'admin' });
  return { name, key };
}

/** An approval of the call, signed with these fields besides. */
function signedBy(
  { name, key }: Awaited<ReturnType<typeof person>>,
  { callId, runId }: StoredCall,
  fields: JsonObject,
): Decision {
  const approvalId = `${callId}/a1`;
  const signed = { approvalId, decision: 'approve', decisionId: 'd1', by: name, ...fields };
  const proof = key.sign({ message: 'decideApproval', runId, input: signed }, new Date());
  return { ...decision(approvalId, 1_000), by: name, proof, signed };
}

describe('a settlement', () => {
  it('counts once: sent again it does not settle what is unknown once more', async () => {
    const call = callOf(await newRun('settled-again'));
    const unknown = async (): Promise<void> => {
      await newIntent(call);
      await endEffect(db, { callId: call.callId, fence: 7, state: 'unknown' });
    };
    await unknown();
    expect(await settling(call, 'run-again')).toEqual({ type: 'run-again' });
    await unknown();

    for (const settlement of ['run-again', 'happened'] as const) {
      expect(await settling(call, settlement)).toMatchObject({
        type: 'refused',
        reason: expect.stringContaining('counted already'),
      });
    }
    expect(await settling(call, 'run-again', 'd2')).toEqual({ type: 'run-again' });
  });

  it('to run again gives the same answer when it is recorded twice', async () => {
    const call = callOf(await newRun('again'));
    await newIntent(call);
    await endEffect(db, { callId: call.callId, fence: 7, state: 'unknown' });

    const answers = [await settling(call, 'run-again'), await settling(call, 'run-again')];

    expect(answers).toEqual([{ type: 'run-again' }, { type: 'run-again' }]);
  });

  it('that it happened gives the same outcome when it is recorded twice', async () => {
    const call = callOf(await newRun('happened'));
    await newIntent(call);
    await endEffect(db, { callId: call.callId, fence: 7, state: 'unknown' });

    const [first, second] = [await settling(call, 'happened'), await settling(call, 'happened')];

    expect(first).toMatchObject({ type: 'settled', effectSeq: 1, outcome: { status: 'ok' } });
    expect(second).toEqual(first);
  });

  it('is refused while the effect goes on', async () => {
    const call = callOf(await newRun('going-on'));
    await newIntent(call);

    expect(await settling(call, 'happened')).toMatchObject({ type: 'refused' });
  });
});
