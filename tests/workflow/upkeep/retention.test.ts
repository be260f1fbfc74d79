import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';

import type { Executions } from '../../../activities/upkeep/repair/executions.ts';
import { BegunMarks } from '../../../activities/effects/ledger/begun-marks.ts';
import { RunRepairer } from '../../../activities/upkeep/repair/repair-runs.ts';
import { upkeepIdOf } from '../../../domain/upkeep/activities.ts';
import { defaultRetention } from '../../../domain/retention/retention.ts';
import { cutAudit } from '../../../storage/retention/cut-audit.ts';
import { gitReader, readConversation, readHeldRuns, wouldPrune } from '../../../storage/readers.ts';
import { liftScopes, stopScopes, unnamePerson } from '../../../storage/administration.ts';
import { putDelta } from '../../../storage/turns/deltas.ts';
import { pollFor } from '../../support/poll.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import { startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';
import {
  call,
  calling,
  finishing,
  goodbye,
  script,
  shell,
} from '../../support/runs/run-scripts.ts';
import { eventsOf, openApproval, start, whenRun } from '../../support/runs/running-runs.ts';
import { member } from '../../support/runs/team.ts';

let harness: RunHarness;

const canary = 'canary-7f3e9d';
const trusting = { policy: 'trusted-mount-autonomous' };
const day = 86_400_000;

beforeAll(async () => {
  harness = await startRunHarness({
    upkeep: true,
    scripts: [
      script(
        'words',
        calling(call('write_file', { path: 'a.txt', content: `${canary}\n` })),
        calling(shell(`echo ${canary}`)),
        goodbye,
      ),
      script('twins', calling(call('ask_person', { question: 'which?' })), goodbye),
      script('stalled', { ...finishing('done'), faults: [{ type: 'stall' }] }),
      script('asking', calling(call('ask_person', { question: 'which?' })), goodbye),
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

/** Workflows that looked at, or took back, effects of the run `secret`. */
async function undosOfErased(): Promise<number> {
  const query = 'WorkflowId STARTS_WITH "undo/default/secret/"';
  return (await harness.temporal.workflow.count(query)).count;
}

/** Tables in which a word stands, in any column of any row. */
async function placesOf(word: string): Promise<readonly string[]> {
  const tables = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE'`.execute(harness.db);
  const found: string[] = [];
  for (const { name } of tables.rows) {
    const has =
      name === 'blobs'
        ? sql`position(${Buffer.from(word)}::bytea in t.bytes) > 0`
        : sql`position(${word} in t::text) > 0`;
    const { rows } = await sql<{ count: string }>`
      select count(*) from ${sql.table(name)} as t where ${has}`.execute(harness.db);
    if (rows[0]?.count !== '0') found.push(name);
  }
  return found;
}

async function whole(runId: string): Promise<boolean> {
  const { head } = await harness.db
    .selectFrom('runs')
    .select('head')
    .where('run_id', '=', runId)
    .executeTakeFirstOrThrow();
  return (await readConversation(harness.db, 'default', head)) !== undefined;
}

async function sequenced(): Promise<void> {
  await pollFor('the audit is up to date', async () => {
    const { rows } = await sql`select from outbox where seq is null`.execute(harness.db);
    return rows.length === 0 ? true : undefined;
  });
}

const age = async (runId: string, days: number) =>
  harness.db
    .updateTable('runs')
    .set({ ended_at: new Date(Date.now() - days * day) })
    .where('run_id', '=', runId)
    .execute();

const quiet = async (runId: string) =>
  harness.db
    .updateTable('runs')
    .set({ updated_at: new Date(Date.now() - 60_000) })
    .where('run_id', '=', runId)
    .execute();

const whenClosed = async (runId: string) =>
  pollFor(`${runId} is closed`, async () => {
    const found = await harness.client.getRun(runId);
    return found.endedAt === null ? undefined : found;
  });

const answer = async (runId: string) => {
  const { approvalId } = await openApproval(harness, runId);
  await harness.client.decide({ approval: approvalId, decision: 'approve', answer: 'this' });
};

describe('erasing', () => {
  it('a run takes every word of it out of the database and Temporal, and its key stays used', async () => {
    const prompt = `say ${canary} [conversation:words]`;
    const request = { prompt, ...trusting };
    const { runId, key } = await harness.client.startRun({ request, key: 'secret' });
    await harness.client.waitForRun(runId);
    const [effect] = (await harness.client.listEffects({ run: runId })).slice(-1);
    const look = await harness.client.previewUndo(effect?.callId ?? '');
    expect(look.detail).toContain(canary);
    await pollFor('the look is listed', async () => (await undosOfErased()) > 0 || undefined);
    await sequenced();
    expect(await placesOf(canary)).toEqual(
      expect.arrayContaining(['runs', 'blocks', 'blobs', 'prepared_calls']),
    );
    const { pins } = await harness.db
      .selectFrom('runs')
      .select('pins')
      .where('run_id', '=', runId)
      .executeTakeFirstOrThrow();

    const subject = { kind: 'run', name: key } as const;
    const counted = await harness.client.data.erase({ subject, isDryRun: true });
    expect(await placesOf(canary)).not.toEqual([]);
    const erased = await harness.client.data.erase({ subject, isDryRun: false });

    expect(counted).toMatchObject({ runs: [runId], left: [] });
    expect(erased).toMatchObject({ runs: [runId], left: [], inTemporal: [] });
    expect(await placesOf(canary)).toEqual([]);
    // The ledger knows what was done, and nobody gets the id again.
    expect(await harness.client.listEffects({ run: runId })).toMatchObject([
      { state: 'committed', target: '' },
      { state: 'committed', target: '' },
    ]);
    await expect(harness.client.startRun({ request, key: 'secret' })).rejects.toMatchObject({
      code: 'idempotency_conflict',
    });
    await sequenced();
    expect(await harness.client.audit.verify(1)).toMatchObject({ isIntact: true, faults: [] });
    const again = await harness.client.data.erase({ subject, isDryRun: false });
    expect(again.runs).toEqual([]);
    for (const kind of ['run', 'project', 'person'] as const) {
      for (const isDryRun of [true, false]) {
        const nope = { subject: { kind, name: 'nope' }, isDryRun };
        await expect(harness.client.data.erase(nope)).rejects.toMatchObject({ code: 'not_found' });
      }
    }
    expect(JSON.stringify(pins)).toContain('workspace');
  });

  it('leaves alone what a living run shares, which goes on and replays', async () => {
    const [gone, living] = await Promise.all([start(harness, 'twins'), start(harness, 'twins')]);
    await Promise.all([openApproval(harness, gone), openApproval(harness, living)]);
    await answer(gone);
    await harness.client.waitForRun(gone);
    const forked = await forkOf(gone);

    await harness.client.data.erase({ subject: { kind: 'run', name: gone }, isDryRun: false });

    expect(await whole(gone)).toBe(false);
    expect(await whole(forked)).toBe(true);
    expect(await whole(living)).toBe(true);
    await harness.db.deleteFrom('runs').where('run_id', '=', forked).execute();
    await answer(living);
    expect(await harness.client.waitForRun(living)).toMatchObject({ status: 'completed' });
    await replayAll(harness);
  });

  it('leaves a fork what it took over and has not told its model yet', async () => {
    const source = await start(harness, 'words', trusting);
    await harness.client.waitForRun(source);
    const { specialist } = await harness.client.getRun(source);
    const by = { tenant: 'default', by: 'tester', reason: 'test' };
    const scopes = [`specialist:${specialist}`];
    await stopScopes(harness.db, by, scopes);
    const { runId } = await harness.client.timeTravel.forkRun({
      run: source,
      turn: 1,
      original: 'keep',
    });
    await whenRun(harness, runId, ({ pause }) => pause === 'kill_switch');

    await harness.client.data.erase({ subject: { kind: 'run', name: source }, isDryRun: false });
    await liftScopes(harness.db, by, scopes);

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    const types = (await eventsOf(harness, runId)).map(({ type }) => type);
    expect(types.filter((type) => type === 'effect.committed')).toHaveLength(1);
    await harness.client.data.erase({ subject: { kind: 'run', name: runId }, isDryRun: false });
    expect(await placesOf(canary)).toEqual([]);
  });

  it('refuses a run that is not over, and says which runs of a project are not', async () => {
    const live = await start(harness, 'asking');
    await openApproval(harness, live);

    await expect(
      harness.client.data.erase({ subject: { kind: 'run', name: live }, isDryRun: false }),
    ).rejects.toMatchObject({ code: 'conflict' });
    const subject = { kind: 'project', name: 'default' } as const;
    const { left } = await harness.client.data.erase({ subject, isDryRun: true });
    expect(left).toContain(live);
    await answer(live);
    await harness.client.waitForRun(live);
  });

  it('a person takes the name out of the audit, which verifies, and shows who changes it again', async () => {
    const runId = await start(harness, 'asking');
    await openApproval(harness, runId);
    await answer(runId);
    await harness.client.waitForRun(runId);
    await sequenced();
    const [record] = (await harness.client.audit.query({ kind: 'approval.decided', run: runId }))
      .items;
    const name = record?.actor.split(' via ')[0] ?? '';
    expect(name).not.toBe('');

    const person = { tenant: 'default', name, by: 'tester', erasure: 'e-1' };
    expect(await unnamePerson(harness.db, person)).toMatchObject({ records: expect.any(Number) });
    await sequenced();

    const after = (await harness.client.audit.query({ kind: 'approval.decided', run: runId }))
      .items[0];
    expect(after).toMatchObject({ hash: record?.hash, erasure: 'e-1' });
    expect(after?.actor).toMatch(/^erased via /);
    expect(await harness.client.audit.verify(1)).toMatchObject({ isIntact: true, faults: [] });
    const change = async (subject: string) =>
      harness.db
        .updateTable('audit')
        .set({ subject })
        .where('seq', '=', String(after?.seq))
        .execute();
    await change('something else');
    expect((await harness.client.audit.verify(1)).faults).toMatchObject([{ fault: 'changed' }]);
    await change(after?.subject ?? '');
    expect((await harness.client.audit.verify(1)).isIntact).toBe(true);

    // A cut that takes a part of the erased records away says what is left of them.
    const { at, seq } = after ?? { at: '', seq: 0 };
    const { auditDays } = defaultRetention;
    const nowMs = Date.parse(at) + auditDays * day;
    const cut = { tenant: 'default', retention: defaultRetention, nowMs, by: 'tester' };
    // A repository that no setting names any more has seen nothing since: it holds nothing back.
    const follow = async (folder: string, position: number) =>
      sql`insert into audit_readers values ('default', ${gitReader(folder)}, ${position})`.execute(
        harness.db,
      );
    await follow('/former', 0);
    expect(await cutAudit(harness.db, cut)).toBe(0);
    await follow('/named', 0);
    const followers = [gitReader('/named')];
    expect(await cutAudit(harness.db, { ...cut, followers })).toBe(0);
    await harness.db
      .updateTable('audit_readers')
      .set({ seq: 1_000_000 })
      .where('reader', 'in', followers)
      .execute();
    expect(await cutAudit(harness.db, { ...cut, followers })).toBeGreaterThan(0);
    const readers = await harness.db.selectFrom('audit_readers').select('reader').execute();
    expect(readers).toEqual([{ reader: 'git:/named' }]);
    await harness.db.deleteFrom('audit_readers').execute();
    const left = sql<{ first: string; erased: string }>`
      select min(seq) as first, min(seq) filter (where erasure = 'e-1') as erased from audit`;
    const { first = '0', erased = '0' } = (await left.execute(harness.db)).rows[0] ?? {};
    expect([Number(first) > 1, Number(erased) <= seq]).toEqual([true, true]);
    expect(await harness.client.audit.verify(1)).toMatchObject({ isIntact: true, faults: [] });
    await sequenced();
    expect(await harness.client.audit.verify(1)).toMatchObject({ isIntact: true, faults: [] });
    await change('something else');
    expect((await harness.client.audit.verify(1)).faults).toMatchObject([{ fault: 'changed' }]);
    await change(after?.subject ?? '');
  });

  it('a person leaves the name nowhere: rows, events, register, audit; twice over', async () => {
    const names = ['maria-7c1', 'peter-9d4'] as const;
    for (const name of names) {
      const other = await member(harness, name, ['viewer']);
      await harness.client.putPerson({ name, roles: ['operator', 'approver', 'admin'] });
      const { client } = other;
      // What one of them says of the other: records that name both.
      await client.putPerson({ name: names[0], roles: ['viewer', 'approver', 'admin'] });
      await client.setBudget({ name: 'theirs', scope: 'project', of: 'shop', maxUsd: 2 });
      await client.removeBudget('theirs');
      await client.setTrust('plugin:theirs', 'TRUSTED');
      const request = { prompt: '[conversation:asking]', labels: {} };
      const { runId } = await client.startRun({ request });
      const pruned = await client.startRun({ request });
      const { approvalId: approval } = await openApproval(harness, runId);
      await openApproval(harness, pruned.runId);
      await client.messageRun(runId, 'hello');
      await client.decide({ approval, decision: 'approve', answer: 'this' });
      await client.cancelRun(pruned.runId, 'enough');
      await harness.client.waitForRun(runId);
      await harness.client.waitForRun(pruned.runId);
      await age(pruned.runId, 366);
      await client.data.prune({ retention: defaultRetention, isDryRun: false });
      const { rows: cancels } = await sql`
        select from stops where scope = ${`run:${pruned.runId}`}`.execute(harness.db);
      expect(cancels).toEqual([]);
      await client.close();
    }
    for (const name of names.toReversed()) {
      await harness.client.removePerson(name);
      await sequenced();
      expect(await placesOf(name)).toEqual(
        expect.arrayContaining(['audit', 'definitions', 'runs']),
      );

      await harness.client.data.erase({ subject: { kind: 'person', name }, isDryRun: false });

      expect(await placesOf(name)).toEqual([]);
      await sequenced();
      expect(await harness.client.audit.verify(1)).toMatchObject({ isIntact: true, faults: [] });
    }
  });
});

/** A run that stands at a block of another one, as a fork does. Its row only. */
async function forkOf(runId: string): Promise<string> {
  const forked = `${runId}-fork`;
  await sql`
    insert into runs (run_id, tenant, project, first_execution, status, requested_by, title, specialist, policy, request, pins, head)
    select ${forked}, tenant, project, 'none', 'running', requested_by, title, specialist, policy, request, pins, (
      select head_before from turns where turns.run_id = runs.run_id order by created_at desc limit 1)
    from runs where run_id = ${runId}`.execute(harness.db);
  return forked;
}

describe('upkeep', () => {
  it('closes a run that was terminated in Temporal, with its approvals and reservations', async () => {
    const [asking, stalled] = await Promise.all([
      start(harness, 'asking'),
      start(harness, 'stalled', { specialist: 'research' }),
    ]);
    await openApproval(harness, asking);
    await pollFor('the model is asked', async () => {
      const { rows } = await sql`
        select from usage where run_id = ${stalled} and state = 'sent'`.execute(harness.db);
      return rows.length > 0 ? true : undefined;
    });
    const marks = new BegunMarks(join(harness.home, 'begun'));
    const begun = { runId: asking, callId: `${asking}/main/t1/c0`, digest: 'd' };
    marks.put(begun, 1_000);
    for (const runId of [asking, stalled]) {
      await harness.temporal.workflow.getHandle(runId).terminate('enough of it');
      await quiet(runId);
    }

    for (const runId of [asking, stalled]) {
      expect(await whenClosed(runId)).toMatchObject({
        status: 'cancelled',
        message: 'terminated in Temporal: enough of it',
        approvals: [],
      });
    }
    const inbox = await harness.client.inbox();
    expect(inbox.filter(({ runId }) => runId === asking)).toEqual([]);
    await pollFor('its marks are gone', () => marks.of(begun) === undefined || undefined);
    const { rows } = await sql`
      select from usage where run_id = ${stalled} and state = 'sent'`.execute(harness.db);
    expect(rows).toEqual([]);
  });

  it('goes on behind a run that cannot be closed', async () => {
    const keys = ['a-broken', 'b-whole'] as const;
    const request = { prompt: 'do it [conversation:asking]' };
    const [broken, sound] = await Promise.all(
      keys.map(async (key) => (await harness.client.startRun({ request, key })).runId),
    );
    if (broken === undefined || sound === undefined) throw new Error('no runs');
    await Promise.all([openApproval(harness, broken), openApproval(harness, sound)]);
    // The ledger names a call that is not there: nobody can tell what it did.
    await sql`
      insert into effects (call_id, tenant, run_id, agent_path, effect_seq, digest, tool, target, state, owner, fence, lease_until, before)
      values (${`${broken}/main/t9/c0`}, 'default', ${broken}, 'main', 99, 'none', 'shell', '', 'intent', '{}', 1, now(), 'null')`.execute(
      harness.db,
    );
    for (const runId of [broken, sound]) {
      await harness.temporal.workflow.getHandle(runId).terminate('enough');
      await quiet(runId);
    }

    await whenClosed(sound);

    expect((await harness.client.getRun(broken)).endedAt).toBeNull();
    await sql`delete from effects where digest = 'none'`.execute(harness.db);
    const upkeep = await harness.temporal.workflow.getHandle(upkeepIdOf('default')).describe();
    expect(upkeep.status.name).toBe('RUNNING');
  });

  it('closes a run whose workflow is gone only when it was missed for an hour', async () => {
    const source = await start(harness, 'asking');
    await openApproval(harness, source);
    const gone = await forkOf(source);
    await answer(source);
    await harness.client.waitForRun(source);
    await sql`
      update runs set updated_at = now() - interval '5 days' where run_id = ${gone}`.execute(
      harness.db,
    );
    let nowMs = Date.now();
    const closed: string[] = [];
    const repairer = new RunRepairer({
      db: harness.db,
      now: () => nowMs,
      warn: () => undefined,
      close: async ({ runId }, { message }) => {
        closed.push(`${runId}: ${message}`);
        return Promise.resolve(true);
      },
    });
    let seen: 'gone' | 'open' = 'gone';
    const look = async (afterMinutes: number): Promise<number> => {
      nowMs += afterMinutes * 60_000;
      const executions: Executions = {
        look: async ({ runId }) => Promise.resolve({ type: runId === gone ? seen : 'open' }),
        wake: async () => Promise.resolve(),
      };
      return repairer.repairSome('default', executions, new AbortController().signal);
    };

    expect([await look(0), await look(59)]).toEqual([0, 0]);
    seen = 'open';
    expect(await look(2)).toBe(0);
    seen = 'gone';
    expect([await look(1), await look(59)]).toEqual([0, 0]);
    expect(await look(1)).toBe(1);
    expect(closed).toEqual([`${gone}: its workflow is gone from Temporal`]);
    await harness.db.deleteFrom('runs').where('run_id', '=', gone).execute();
  });

  it('wakes a run that the kill switch held once nothing stops it', async () => {
    const by = { tenant: 'default', by: 'tester', reason: 'test' };
    await stopScopes(harness.db, by, ['specialist:research']);
    const runId = await start(harness, 'held', { specialist: 'research' });
    await whenRun(harness, runId, ({ pause }) => pause === 'kill_switch');
    await pollFor('the index says so', async () => {
      const held = await readHeldRuns(harness.db, 'default');
      return held.length > 0 ? true : undefined;
    });

    // As it is when nobody could be told.
    await liftScopes(harness.db, by, ['specialist:research']);

    const { pause } = await whenRun(harness, runId, (state) => state.pause !== 'kill_switch');
    await harness.client.cancelRun(runId, 'enough');
    await harness.client.waitForRun(runId);
    expect(pause).not.toBe('kill_switch');
  });
});

describe('pruning', () => {
  /** So far in the future that all is old, also for the audit. */
  const laterMs = Date.now() + 731 * day;

  it('counts and takes away what is old, killed at every step and repeated', async () => {
    const [old, young] = await Promise.all([
      start(harness, 'words', trusting),
      start(harness, 'words', trusting),
    ]);
    await Promise.all([harness.client.waitForRun(old), harness.client.waitForRun(young)]);
    await age(old, 366);
    const input = { retention: defaultRetention, isDryRun: true };
    expect(await harness.client.data.prune(input)).toMatchObject({ runs: 1, records: 0 });
    const first = await harness.client.data.prune({ ...input, isDryRun: false });
    expect(first).toMatchObject({ runs: 1, costs: 0, records: 0 });
    expect([await whole(old), await whole(young)]).toEqual([false, true]);
    expect(await harness.client.data.prune(input)).toMatchObject({ runs: 0 });

    const live = await start(harness, 'asking');
    await openApproval(harness, live);
    await sql`
      insert into dead_letters (letter_id, tenant, kind, run_id, project, step_id, tool, code, message, retries)
      values ('5f3c000000000001', 'default', 'message', ${young}, 'default', 'x#1', 'approve', 'x', '', 0)`.execute(
      harness.db,
    );
    await sequenced();
    const rules = { tenant: 'default', retention: defaultRetention, nowMs: laterMs };
    const expected = await wouldPrune(harness.db, rules);
    expect(expected.runs).toBeGreaterThan(2);
    expect(expected.records).toBeGreaterThan(10);

    const passed: string[] = [];
    // Each death is at a step that was not seen before; the last one comes to its end.
    for (let step = await dyingPrune(passed); step !== ''; step = await dyingPrune(passed)) {
      passed.push(step);
    }

    expect(passed.toSorted()).toEqual([
      'costs deleted',
      'dead-letters deleted',
      'records cut',
      'records cut, not committed',
      'replaced bundles swept',
      'runs emptied',
      'runs emptied, not committed',
      'strays swept',
    ]);
    expect(await wouldPrune(harness.db, rules)).toMatchObject({ runs: 0, costs: 0, letters: 0 });
    const emptied = await harness.db
      .selectFrom('runs')
      .select('run_id')
      .where('ended_at', 'is not', null)
      .where('emptied_at', 'is', null)
      .execute();
    expect(emptied).toEqual([]);
    expect(await placesOf(canary)).toEqual([]);
    await sequenced();
    expect(await harness.client.audit.verify(1)).toMatchObject({ isIntact: true, faults: [] });
    await answer(live);
    expect(await harness.client.waitForRun(live)).toMatchObject({ status: 'completed' });
    // Nobody may cut more off than the chain says.
    await sql`
      delete from audit where seq = (select min(seq) from audit where tenant = 'default')`.execute(
      harness.db,
    );
    expect((await harness.client.audit.verify(1)).faults[0]).toMatchObject({ fault: 'missing' });
  });

  it('takes away what a model was saying when an attempt to ask it died', async () => {
    const saying = async (runId: string, seq: number) =>
      putDelta(harness.db, {
        turnId: `${runId}/main/t1`,
        attempt: 9,
        seq,
        tenant: 'default',
        runId,
        text: 'half a sen',
      });
    const left = async (runId: string) =>
      harness.db.selectFrom('deltas').select('seq').where('run_id', '=', runId).execute();
    const [ended, live] = await Promise.all([start(harness, 'asking'), start(harness, 'asking')]);
    await Promise.all([openApproval(harness, ended), openApproval(harness, live)]);
    await Promise.all([saying(ended, 1), saying(live, 1)]);

    await answer(ended);
    await harness.client.waitForRun(ended);
    expect(await left(ended)).toEqual([]);
    // A process that nobody killed in time says something more.
    await saying(ended, 2);
    await harness.client.data.prune({ retention: defaultRetention, isDryRun: false });

    expect(await left(ended)).toEqual([]);
    expect(await left(live)).toHaveLength(1);
    await answer(live);
    await harness.client.waitForRun(live);
    expect(await left(live)).toEqual([]);
  });

  async function dyingPrune(passed: readonly string[]): Promise<string> {
    const program = fileURLToPath(
      new URL('../../support/retention/dying-prune.mjs', import.meta.url),
    );
    const rules = [JSON.stringify(passed), String(laterMs), JSON.stringify(defaultRetention)];
    const child = spawn(process.execPath, [program, harness.databaseUrl, ...rules], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    const ended = await new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve) =>
      child.once('close', (code, signal) => resolve([code, signal])),
    );
    expect(ended).toEqual(text === '' ? [0, null] : [null, 'SIGKILL']);
    return text;
  }
});

describe('what is left of an erased run elsewhere', () => {
  it('is gone from Temporal, which takes its time', async () => {
    const handle = harness.temporal.workflow.getHandle('run/default/secret');

    const name = await pollFor(
      'Temporal has deleted it',
      async () =>
        handle
          .describe()
          .then(() => undefined)
          .catch((error: Error) => error.name),
      55_000,
    );

    expect(name).toBe('WorkflowNotFoundError');
    await pollFor('so are its looks', async () => (await undosOfErased()) === 0 || undefined);
  });

  it('is removed by upkeep where it is a folder', async () => {
    const { rows } = await sql<{ id: string }>`
      select pins->'workspace'->>'id' as id from runs where emptied_at is not null limit 1`.execute(
      harness.db,
    );
    const folder = join(harness.home, 'workspaces', rows[0]?.id ?? 'none');

    await pollFor('it is gone', () => (existsSync(folder) ? undefined : true), 55_000);

    expect(existsSync(join(harness.home, 'workspaces'))).toBe(true);
  });
});
