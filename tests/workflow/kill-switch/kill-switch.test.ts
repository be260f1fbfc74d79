import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';

import type { KillSwitchClient } from '../../../clients/kill-switch-client.ts';
import { openKillSwitch } from '../../../clients/temporal/kill-switch.ts';
import { openIdentity } from '../../../storage/administration.ts';
import { wrongEvents } from '../../support/check-events.ts';
import { pollFor } from '../../support/poll.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import {
  conversation,
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
import { eventsOf, openApproval, stateOf, whenRun } from '../../support/runs/running-runs.ts';

let harness: RunHarness;
let kill: KillSwitchClient;
let workers: readonly TestWorker[];

const permissive = { policy: 'headless-permissive-sandbox' };

beforeAll(async () => {
  harness = await startRunHarness({
    scripts: [
      script('short', calling(call('list_files')), finishing('done')),
      script('writes', calling(call('write_file', { path: 'a.txt', content: 'a' })), goodbye),
      script('shells', calling(shell('echo made > made.txt')), goodbye),
      script('sleeps', calling(shell('echo begun > begun.txt; sleep 60')), goodbye),
      script('asks', calling(shell('npm install')), goodbye),
      script(
        'slow',
        { reply: { toolCalls: [call('list_files')], delayMs: 30_000 } },
        finishing('done'),
      ),
    ],
    workers: 0,
  });
  workers = await Promise.all([harness.startWorker(), harness.startWorker()]);
  const { databaseUrl, temporalAddress } = harness;
  const temporal = { temporalAddress, namespace: 'default' };
  const identity = openIdentity(join(harness.home, 'identity.pem'));
  kill = openKillSwitch({ databaseUrl, tenant: 'default', user: 'tester', identity, temporal });
});

afterAll(async () => {
  try {
    await kill.close();
    await replayAll(harness);
  } finally {
    await harness.stop();
  }
});

async function begin(
  name: string,
  {
    project = 'default',
    ...request
  }: { project?: string; policy?: string; specialist?: string } = {},
): Promise<string> {
  const { runId } = await harness.client.startRun({
    project,
    request: { prompt: `do it ${conversation(name)}`, ...request },
  });
  return runId;
}

async function whenHeld(runId: string): Promise<void> {
  await pollFor(`${runId} is held`, async () => {
    const row = await harness.db
      .selectFrom('runs')
      .select('pause_reason')
      .where('run_id', '=', runId)
      .executeTakeFirst();
    return row?.pause_reason === 'kill_switch' ? true : undefined;
  });
}

const stop = async (...scopes: readonly string[]) => kill.stop({ scopes, reason: 'a test' });
const resume = async (scopes: readonly string[], runs: readonly string[] = []) =>
  kill.resume({ scopes, runs, reason: 'mended' });
const ended = async (runId: string) => harness.client.waitForRun(runId);

describe('a stopped tool', () => {
  it('begins nowhere any more, while other calls go on', async () => {
    await stop('tool:shell');
    const [shells, writes] = await Promise.all([begin('shells', permissive), begin('writes')]);

    expect(await ended(writes)).toMatchObject({ status: 'completed' });
    await whenHeld(shells);
    expect((await harness.client.listEffects({ run: shells })).length).toBe(0);
    expect((await kill.state()).held).toMatchObject([{ runId: shells, scope: 'tool:shell' }]);

    const { woken } = await resume(['tool:shell']);
    expect(woken).toEqual([shells.slice('run/default/'.length)]);
    expect(await ended(shells)).toMatchObject({ status: 'completed' });
  });

  it('that only reads is held too', async () => {
    await stop('tool:list_files');
    const runId = await begin('short', { specialist: 'research' });
    await whenHeld(runId);

    await resume(['tool:list_files']);

    expect(await ended(runId)).toMatchObject({ status: 'completed' });
  });
});

describe('what goes on when it is stopped', () => {
  it('is ended within two seconds on every worker: commands and model calls', async () => {
    const [sleeps, slow] = await Promise.all([begin('sleeps', permissive), begin('slow')]);
    await pollFor('both are under way', async () => {
      const effects = await harness.client.listEffects({ run: sleeps, state: 'intent' });
      const asked = await harness.db
        .selectFrom('usage')
        .select('turn_id')
        .where('run_id', '=', slow)
        .where('state', '=', 'sent')
        .execute();
      return effects.length > 0 && asked.length > 0 ? true : undefined;
    });
    await wait(500);

    const since = performance.now();
    const { goingOn } = await stop('all');
    await Promise.all([whenHeld(sleeps), whenHeld(slow)]);
    const tookMs = performance.now() - since;

    expect(goingOn).toEqual([]);
    expect(tookMs).toBeLessThan(4_000);
    const [effect] = await harness.client.listEffects({ run: sleeps });
    expect(effect?.state).toBe('failed');
    await harness.client.cancelRun(slow, 'enough');
    await resume(['all']);
    await ended(sleeps);
    await ended(slow);
  });
});

describe('a stop', () => {
  it('holds through restarts and for new workers, and is not passed when the rows cannot be read', async () => {
    await stop('project:frozen');
    const first = await begin('short', { project: 'frozen', specialist: 'research' });
    await whenHeld(first);
    const [old] = workers;
    old?.kill('SIGKILL');
    await old?.exited;
    workers = [...workers.slice(1), await harness.startWorker()];
    const second = await begin('short', { project: 'frozen', specialist: 'research' });
    await whenHeld(second);
    await harness.temporal.workflow.getHandle(first).signal('wake', {});
    await whenRun(harness, first, ({ pause }) => pause === 'kill_switch');

    await sql`alter table stops rename to stops_gone`.execute(harness.db);
    const blind = await begin('writes');
    await wait(3_000);
    const [calls, effects] = await Promise.all([
      harness.db
        .selectFrom('usage')
        .select('turn_id')
        .where('run_id', 'in', [first, second, blind])
        .execute(),
      harness.client.listEffects({ run: blind }),
    ]);
    await sql`alter table stops_gone rename to stops`.execute(harness.db);

    expect(calls).toEqual([]);
    expect(effects).toEqual([]);
    expect(await ended(blind)).toMatchObject({ status: 'completed' });
    await resume(['project:frozen']);
    expect(await ended(first)).toMatchObject({ status: 'completed' });
    expect(await ended(second)).toMatchObject({ status: 'completed' });
  });

  it('freezes approvals: a decision is refused and counts after the resume', async () => {
    const runId = await begin('asks');
    const { approvalId } = await openApproval(harness, runId);
    await stop('tool:shell');

    const decision = { approval: approvalId, decision: 'reject', reason: 'no' } as const;
    await expect(harness.client.decide(decision)).rejects.toMatchObject({
      code: 'kill_switch_active',
    });
    expect((await stateOf(harness, runId)).approvals).toHaveLength(1);

    await resume(['tool:shell']);
    expect(await harness.client.decide(decision)).toMatchObject({ state: 'rejected' });
    await ended(runId);
  });

  it('holds what was approved by another door while it stands', async () => {
    const runId = await begin('asks');
    const { approvalId } = await openApproval(harness, runId);
    await stop('tool:shell');
    await harness.temporal.workflow.getHandle(runId).signal('approve', { approvalId });

    await whenHeld(runId);
    expect(await harness.client.listEffects({ run: runId })).toEqual([]);
    await harness.client.cancelRun(runId, 'enough');
    await resume(['tool:shell']);
    await ended(runId).catch(() => undefined);
  });
});

describe('a resume in stages', () => {
  it('lets one run of many go on while the others wait, then all', async () => {
    await stop('project:many');
    const runs = await Promise.all(
      Array.from({ length: 50 }, async () =>
        begin('short', { project: 'many', specialist: 'research' }),
      ),
    );
    const [chosen = '', ...others] = runs;
    await Promise.all(runs.map(async (runId) => whenHeld(runId)));

    const released = await resume([], [chosen]);
    expect(await ended(chosen)).toMatchObject({ status: 'completed' });
    expect(released.woken).toHaveLength(1);
    expect(released.released).toMatchObject([
      { scope: `run:${chosen}`, by: 'tester', reason: 'mended' },
    ]);
    const { held } = await kill.state();
    expect(held.map(({ runId }) => runId).toSorted()).toEqual(others.toSorted());

    const all = await resume(['project:many']);
    expect(all).toMatchObject({ stops: [], released: [], unreached: [] });
    expect(all.woken).toHaveLength(others.length);
    await Promise.all(others.map(async (runId) => ended(runId)));
    const events = await eventsOf(harness, others[0] ?? '');
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['run.paused', 'run.resumed']),
    );
    expect(await wrongEvents(harness.db)).toEqual([]);
  });

  it('works without Temporal, and wakes whoever was not reached when it is done again', async () => {
    const blind = openKillSwitch({
      databaseUrl: harness.databaseUrl,
      tenant: 'default',
      user: 'tester',
      identity: openIdentity(join(harness.home, 'identity.pem')),
    });
    await blind.stop({ scopes: ['project:alone'], reason: 'a test' });
    const runId = await begin('short', { project: 'alone', specialist: 'research' });
    await whenHeld(runId);

    const unreached = await blind.resume({ scopes: ['project:alone'], runs: [], reason: 'mended' });
    await blind.close();
    expect(unreached).toMatchObject({ lifted: ['project:alone'], woken: [] });
    expect(unreached.unreached).toHaveLength(1);
    expect((await stateOf(harness, runId)).pause).toBe('kill_switch');

    const again = await resume(['project:alone']);
    expect(again).toMatchObject({ lifted: [], unreached: [] });
    expect(again.woken).toHaveLength(1);
    expect(await ended(runId)).toMatchObject({ status: 'completed' });
  });

  it.each(['everything', 'tool:', 'planet:mars', 'run:nobody-has-this-key'])(
    'refuses the scope %j',
    async (scope) => {
      await expect(stop(scope)).rejects.toMatchObject({
        code: expect.stringMatching(/invalid_argument|not_found/),
      });
    },
  );
});
