import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

import { HoldfastError } from '../../../domain/failures.ts';
import { readTenantEvents } from '../../../storage/readers.ts';
import { loseHolds } from '../../../storage/locks/lose-holds.ts';
import { holdsOf } from '../../../storage/locks/locks.ts';
import { startStores, type Stores } from '../../support/faults/stores.ts';
import { readCopy } from '../../support/kill/kill-run.ts';
import { pollFor } from '../../support/poll.ts';
import {
  holding,
  letGo,
  lockingPolicy,
  lockingWorker,
  passing,
  startLocking,
  timeOf,
} from '../../support/runs/locking-runs.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import {
  startRunHarness,
  type RunHarness,
  type TestWorker,
} from '../../support/runs/run-harness.ts';
import { eventsOf, stateOf, textsOf, whenEvent } from '../../support/runs/running-runs.ts';
import { member } from '../../support/runs/team.ts';

// Leases have to outlive a restart of server and worker on a busy machine.
jest.setTimeout(120_000);

let stores: Stores;
let harness: RunHarness;
let program: string;
let worker: TestWorker;

beforeAll(async () => {
  stores = await startStores();
  program = lockingWorker();
  harness = await startRunHarness({
    scripts: [
      holding('h1', 'exclusive=host:h1'),
      holding('h2', 'exclusive=host:h2'),
      passing('pass-h1', 'exclusive=host:h1'),
      passing('both', 'exclusive=host:h1', 'exclusive=host:h2'),
      passing('reverse', 'exclusive=host:h2', 'exclusive=host:h1'),
      holding('shared', 'shared=service:db'),
      passing('alone', 'exclusive=service:db'),
    ],
    policies: [lockingPolicy],
    workers: 0,
    lockLeaseMs: 12_000,
    servers: {
      temporal: { address: stores.temporal.address, stop: async () => undefined },
      database: { url: stores.database.url, stop: async () => undefined },
    },
  });
  worker = await harness.startWorker(undefined, program);
});

afterAll(async () => {
  try {
    await replayAll(harness);
  } finally {
    await harness.stop();
    await stores.stop();
  }
});

const keyOf = (runId: string): string => runId.slice(runId.lastIndexOf('/') + 1);

async function holds(runId: string, name: string): Promise<void> {
  await whenEvent(harness, runId, 'lock.granted', (data) => data['name'] === name);
}

async function waits(runId: string, place: number): Promise<void> {
  await whenEvent(harness, runId, 'lock.waiting', (data) => data['place'] === place);
}

async function whenFree(name: string): Promise<void> {
  await pollFor(`${name} is free`, async () => {
    const { holders, queue } = await harness.client.locks.show(name);
    return holders.length + queue.length === 0 ? true : undefined;
  });
}

async function codesOf(runId: string): Promise<readonly unknown[]> {
  const events = await eventsOf(harness, runId);
  return events.filter(({ type }) => type === 'tool.error').map(({ data }) => data['code']);
}

describe('two runs that want the same lock', () => {
  it('have it one after the other: the second shows its place, its clock stands, and it begins within a second', async () => {
    const first = await startLocking(harness, 'h1');
    await holds(first, 'host:h1');
    const limits = { timeoutSeconds: 12 };
    const second = await startLocking(harness, 'pass-h1', { limits });
    await waits(second, 1);
    const third = await startLocking(harness, 'pass-h1');
    await waits(third, 2);

    const heldBy = [keyOf(first)];
    expect((await harness.client.getRun(second)).waitsForLocks).toEqual([
      { name: 'host:h1', place: 1, heldBy },
    ]);
    expect(await harness.client.locks.show('host:h1')).toMatchObject({
      holders: [
        { runKey: keyOf(first), mode: 'exclusive', purpose: expect.stringContaining('echo') },
      ],
      queue: [
        { runKey: keyOf(second), place: 1 },
        { runKey: keyOf(third), place: 2 },
      ],
    });
    const { waitsFor } = await pollFor('the run hears where it stands', async () => {
      const state = await stateOf(harness, third);
      return state.waitsFor?.includes('2nd') === true ? state : undefined;
    });
    expect(waitsFor).toBe(`waits for host:h1, 2nd in the queue, held by run ${keyOf(first)}`);

    // Longer than the second has to live.
    await pollFor('thirteen seconds pass', async () =>
      Date.now() - (await timeOf(harness, second, 'lock.waiting')) > 13_000 ? true : undefined,
    );
    await letGo(harness, first);
    for (const run of [first, second, third]) {
      expect(await harness.client.waitForRun(run)).toMatchObject({ status: 'completed' });
    }
    const passedOn = async (from: string, to: string): Promise<number> => {
      const released = await timeOf(harness, from, 'lock.released');
      expect(await timeOf(harness, to, 'lock.granted')).toBeGreaterThanOrEqual(released);
      return (await timeOf(harness, to, 'tool.started')) - released;
    };
    // One of two: a busy machine may stand still for a moment.
    const tookMs = [await passedOn(first, second), await passedOn(second, third)];
    expect(Math.min(...tookMs)).toBeLessThan(1_000);
    const fences = await Promise.all(
      [first, second, third].map(async (run) => whenEvent(harness, run, 'lock.granted')),
    );
    const [one, two, three] = fences.map(({ fence }) => Number(fence));
    expect([two, three]).toEqual([Number(one) + 1, Number(one) + 2]);
    expect(await codesOf(second)).toEqual([]);
    await whenFree('host:h1');
  });

  it('do not wait for each other for ever when each wants another one first', async () => {
    const runs = await Promise.all(
      ['both', 'reverse', 'both', 'reverse'].map(async (name) => startLocking(harness, name)),
    );

    for (const run of runs) {
      expect(await harness.client.waitForRun(run)).toMatchObject({ status: 'completed' });
      expect(await codesOf(run)).toEqual([]);
    }
    await whenFree('host:h1');
    await whenFree('host:h2');
  });

  it('have it together when both share it, and nobody who shares it overtakes who wants it alone', async () => {
    const readers = await Promise.all([1, 2].map(async () => startLocking(harness, 'shared')));
    for (const run of readers) await holds(run, 'service:db');
    const writer = await startLocking(harness, 'alone');
    await waits(writer, 1);
    const late = await startLocking(harness, 'shared');
    await waits(late, 2);

    for (const run of readers) await letGo(harness, run);
    expect(await harness.client.waitForRun(writer)).toMatchObject({ status: 'completed' });
    await holds(late, 'service:db');
    await letGo(harness, late);
    await harness.client.waitForRun(late);

    const order = await Promise.all(
      [writer, late].map(async (run) => whenEvent(harness, run, 'lock.granted')),
    );
    expect(Number(order[0]?.['fence'])).toBeLessThan(Number(order[1]?.['fence']));
  });
});

describe('a lock', () => {
  it('comes free when its run is cancelled, and its place in the queue too', async () => {
    const first = await startLocking(harness, 'h1');
    await holds(first, 'host:h1');
    const second = await startLocking(harness, 'h1');
    await waits(second, 1);
    const third = await startLocking(harness, 'pass-h1');
    await waits(third, 2);

    await harness.client.cancelRun(second, 'enough');
    await harness.client.waitForRun(second);
    await harness.client.cancelRun(first, 'enough');
    await harness.client.waitForRun(first);

    expect(await harness.client.waitForRun(third)).toMatchObject({ status: 'completed' });
    await whenFree('host:h1');
  });

  it('comes free when its run is terminated in Temporal', async () => {
    const first = await startLocking(harness, 'h1');
    await holds(first, 'host:h1');
    const second = await startLocking(harness, 'pass-h1');
    await waits(second, 1);

    await harness.temporal.workflow.getHandle(first).terminate('by hand');

    expect(await harness.client.waitForRun(second)).toMatchObject({ status: 'completed' });
    await whenFree('host:h1');
  });

  it('keeps holder and queue when its own workflow is terminated', async () => {
    const first = await startLocking(harness, 'h1');
    await holds(first, 'host:h1');
    const second = await startLocking(harness, 'pass-h1');
    await waits(second, 1);

    await harness.temporal.workflow.getHandle('lock/default/host/h1').terminate('by hand');
    const third = await startLocking(harness, 'pass-h1');
    await pollFor('both wait again', async () => {
      const { holders, queue } = await harness.client.locks.show('host:h1');
      const isSame = holders[0]?.runId === first && queue.length === 2;
      return isSame ? true : undefined;
    });
    await letGo(harness, first);

    for (const run of [first, second, third]) {
      expect(await harness.client.waitForRun(run)).toMatchObject({ status: 'completed' });
      expect(await codesOf(run)).toEqual([]);
    }
  });

  it('is as it was when server and worker were killed and started again', async () => {
    const first = await startLocking(harness, 'h1');
    await holds(first, 'host:h1');
    const waiting: string[] = [];
    for (const place of [1, 2]) {
      const run = await startLocking(harness, 'pass-h1');
      await waits(run, place);
      waiting.push(run);
    }
    const before = await harness.client.locks.show('host:h1');

    worker.kill('SIGKILL');
    await Promise.all([stores.temporal.kill(), worker.exited]);
    await stores.temporal.start();
    worker = await harness.startWorker(undefined, program);

    // Longer than a lease: whoever could not renew it had nobody to do so.
    const since = Date.now();
    await pollFor('thirteen seconds pass', () => (Date.now() - since > 13_000 ? true : undefined));
    expect(await harness.client.locks.show('host:h1')).toEqual(before);
    await letGo(harness, first);
    const fences: unknown[] = [];
    for (const run of [first, ...waiting]) {
      expect(await harness.client.waitForRun(run)).toMatchObject({ status: 'completed' });
      expect(await codesOf(run)).toEqual([]);
      const granted = (await eventsOf(harness, run)).filter(({ type }) => type === 'lock.granted');
      fences.push(...granted.map(({ data }) => data['fence']));
    }
    expect(fences).toEqual(fences.toSorted((a, b) => Number(a) - Number(b)));
    expect(new Set(fences).size).toBe(3);
  });
});

describe('a holder that is frozen for longer than its lease', () => {
  it('is told stale_fence when it goes on, and nothing of it happens', async () => {
    const file = join(harness.home, 'frozen');
    worker.kill('SIGKILL');
    await worker.exited;
    const frozen = await harness.startWorker({ phase: 'before-intent', nth: 1, file }, program);
    const first = await startLocking(harness, 'pass-h1');
    await pollFor('the worker stops itself', () => existsSync(file) || undefined);
    // As the lock does when it looks; here before another worker can take the call over and keep the lease.
    const lock = { tenant: 'default', name: 'host:h1' };
    await pollFor(
      'the lease is over',
      async () => {
        const expired = await holdsOf(harness.db, lock);
        await loseHolds(harness.db, lock, { holds: expired, reason: 'expired' });
        return (await holdsOf(harness.db, lock)).length === 0 ? true : undefined;
      },
      40_000,
    );
    worker = await harness.startWorker(undefined, program);
    const second = await startLocking(harness, 'pass-h1');

    // Its task may reach the frozen worker first.
    expect(await harness.client.waitForRun(second)).toMatchObject({ status: 'completed' });
    frozen.kill('SIGCONT');

    expect(await harness.client.waitForRun(first)).toMatchObject({ status: 'completed' });
    expect(await codesOf(first)).toEqual(['stale_fence']);
    expect((await textsOf(harness, first, 'tool')).join(' ')).toContain('Nothing was done');
    expect((await harness.client.getRun(first)).effects).toEqual([]);
    frozen.kill('SIGKILL');
    await frozen.exited;
  });
});

describe('what anybody can send', () => {
  it('gives a lock to a run that never asked for it only until the lease is over', async () => {
    const run = await startLocking(harness, 'h2');
    await holds(run, 'host:h2');
    const asked = await startLocking(harness, 'pass-h1');
    await harness.client.waitForRun(asked);
    const wish = { requestId: 'forged', runId: run, callId: 'c', mode: 'exclusive' };

    await harness.temporal.workflow.signalWithStart('lockWorkflow', {
      workflowId: 'lock/default/host/h1',
      taskQueue: 'holdfast',
      args: [{}],
      signal: 'askForLock',
      signalArgs: [wish],
    });

    const released = await whenEvent(harness, run, 'lock.released');
    expect(released).toMatchObject({ name: 'host:h1', callId: 'c', reason: 'expired' });
    await letGo(harness, run);
    expect(await harness.client.waitForRun(run)).toMatchObject({ status: 'completed' });
    expect(await codesOf(run)).toEqual([]);
  });

  it('neither hurts a lock nor gives it to somebody', async () => {
    const first = await startLocking(harness, 'h2');
    await holds(first, 'host:h2');
    const second = await startLocking(harness, 'h2');
    await waits(second, 1);
    const lock = harness.temporal.workflow.getHandle('lock/default/host/h2');
    const { holders } = await harness.client.locks.show('host:h2');
    const other = { requestId: 'forged', callId: 'c', mode: 'exclusive', purpose: 'p' };
    const junk = [
      undefined,
      null,
      7,
      [],
      'text',
      {},
      { requestId: 'x'.repeat(5_000) },
      { requestId: '\0', runId: second },
      { ...other, runId: 'run/default/nobody' },
      { ...other, runId: { a: 1 }, mode: 'both' },
      { fences: ['a', -1, 1e300], reason: 5 },
      { undecodable: true },
    ];
    for (const value of junk) {
      for (const signal of ['askForLock', 'releaseLock', 'breakLock', 'lockGranted', 'anything']) {
        await lock.signal(signal, value);
      }
      const update = { args: [value] as [unknown] };
      await expect(lock.executeUpdate('breakLock', update)).rejects.toMatchObject({
        name: 'WorkflowUpdateFailedError',
      });
      await harness.temporal.workflow.getHandle(second).signal('lockGranted', value);
    }
    await lock.cancel();
    // Nobody granted this: the ledger knows nothing of it, whatever the run believes.
    const { requestId } = await pollFor('its wish is recorded', async () =>
      harness.db
        .selectFrom('lock_requests')
        .select('request_id as requestId')
        .where('run_id', '=', second)
        .executeTakeFirst(),
    );
    await harness.temporal.workflow
      .getHandle(second)
      .signal('lockGranted', { requestId, name: 'host:h2', fence: holders[0]?.fence });

    expect(await harness.client.waitForRun(second)).toMatchObject({ status: 'completed' });
    expect(await codesOf(second)).toEqual(['stale_fence']);
    expect(await readCopy(harness, second, 'did.txt')).toBe('');
    expect((await harness.client.locks.show('host:h2')).holders).toEqual(holders);
    await letGo(harness, first);
    expect(await harness.client.waitForRun(first)).toMatchObject({ status: 'completed' });
    expect(await codesOf(first)).toEqual([]);
    await whenFree('host:h2');
  });

  it('does not open a lock that no run ever asked for', async () => {
    const handle = await harness.temporal.workflow.start('lockWorkflow', {
      workflowId: 'lock/default/host/nobody',
      taskQueue: 'holdfast',
      args: [{ carry: { state: 'mine' } }],
    });

    await handle.result();

    await expect(harness.client.locks.show('host:nobody')).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(harness.client.locks.show('h1')).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });
});

describe('a person', () => {
  it('breaks a lock with the role operator: it gets a new number, and the audit says who did it', async () => {
    const operator = await member(harness, 'olga', ['operator']);
    const viewer = await member(harness, 'vera', ['viewer']);
    const first = await startLocking(harness, 'h1');
    await holds(first, 'host:h1');
    const second = await startLocking(harness, 'h1');
    await waits(second, 1);
    const { holders } = await harness.client.locks.show('host:h1');
    const fences = holders.map(({ fence }) => fence);
    const order = { name: 'host:h1', fences, reason: 'its run hangs' };

    await expect(viewer.client.locks.break(order)).rejects.toMatchObject({
      code: 'permission_denied',
    });
    const { fence } = await operator.client.locks.break(order);

    expect(fence).toBe(Number(fences[0]) + 1);
    await holds(second, 'host:h1');
    expect((await harness.client.locks.show('host:h1')).fence).toBe(fence + 1);
    const broken = await whenEvent(harness, first, 'lock.broken');
    expect(broken).toMatchObject({ name: 'host:h1', by: 'olga', reason: 'its run hangs' });
    const told = await readTenantEvents(harness.db, 'default', 10);
    expect(told.map(({ type, actor }) => `${type} ${actor}`)).toEqual(
      expect.arrayContaining(['lock.broken olga', 'permission.refused vera']),
    );
    await expect(operator.client.locks.break(order)).rejects.toBeInstanceOf(HoldfastError);
    for (const run of [first, second]) {
      await letGo(harness, run);
      expect(await harness.client.waitForRun(run)).toMatchObject({ status: 'completed' });
    }
    await Promise.all([operator.client.close(), viewer.client.close()]);
  });

  it('sets how long a call waits: then the model hears lock_unavailable, and nothing was done', async () => {
    worker.kill('SIGKILL');
    await worker.exited;
    const settings = JSON.stringify({ locks: { waitSeconds: 2 } });
    writeFileSync(join(harness.home, 'holdfast.yaml'), settings);
    worker = await harness.startWorker(undefined, program);
    const first = await startLocking(harness, 'h1');
    await holds(first, 'host:h1');
    const second = await startLocking(harness, 'pass-h1');

    expect(await harness.client.waitForRun(second)).toMatchObject({ status: 'completed' });

    expect((await eventsOf(harness, second)).map(({ type }) => type)).not.toContain('tool.started');
    const [said = ''] = await textsOf(harness, second, 'tool');
    expect(said).toContain(`host:h1 did not come free within 2 s (held by run ${keyOf(first)})`);
    expect((await harness.client.locks.show('host:h1')).queue).toEqual([]);
    await letGo(harness, first);
    await harness.client.waitForRun(first);
  });
});
