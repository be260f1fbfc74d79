import { setTimeout as wait } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';

import {
  appendByShell,
  countLine,
  finishRun,
  quietEnd,
  readCopy,
  scriptOf,
  startScript,
} from '../support/kill/kill-run.ts';
import { killAndReap } from '../support/kill/kill-worker.ts';
import { pollFor } from '../support/poll.ts';
import { startRunHarness, type RunHarness, type TestWorker } from '../support/runs/run-harness.ts';

let harness: RunHarness;

/** Its tests take a while and leave a line behind. */
const project = {
  'log.txt': 'END\n',
  'package.json': JSON.stringify({
    scripts: { test: 'echo tested >> tested.log; sleep 12; echo done' },
  }),
};

beforeAll(async () => {
  harness = await startRunHarness({
    scripts: [
      scriptOf('short', [appendByShell('short', ' ; sleep 2'), ...quietEnd]),
      scriptOf('long', [appendByShell('long', ' ; sleep 20'), ...quietEnd]),
      scriptOf('tests', [
        { reply: { toolCalls: [{ name: 'run_tests', arguments: {} }] } },
        ...quietEnd,
      ]),
    ],
    workers: 0,
  });
});

afterAll(async () => harness.stop());

async function begun(runId: string, file: string, line: string): Promise<void> {
  await pollFor(`${line} is under way`, async () =>
    countLine(await readCopy(harness, runId, file), line) > 0 ? true : undefined,
  );
}

/** Asks a worker to end, and says how long it took. */
async function terminate(worker: TestWorker): Promise<number> {
  const since = performance.now();
  worker.kill('SIGTERM');
  await worker.exited;
  return performance.now() - since;
}

describe('a worker that is asked to end', () => {
  it('lets short calls end and leaves long ones to the next worker', async () => {
    const worker = await harness.startWorker();
    const [short, long, tests] = await Promise.all([
      startScript(harness, 'short', { files: project }),
      startScript(harness, 'long', { files: project }),
      startScript(harness, 'tests', { files: project }),
    ]);
    let isDown = false;
    const answers = { settle: () => 'happened' as const, isThere: () => !isDown };
    const ends = Promise.all(
      [short, long, tests].map(({ runId }) => finishRun(harness, runId, answers)),
    );
    ends.catch(() => undefined);
    await Promise.all([
      begun(long.runId, 'shell.log', 'long'),
      begun(tests.runId, 'tested.log', 'tested'),
      begun(short.runId, 'shell.log', 'short'),
    ]);

    isDown = true;
    const tookMs = await terminate(worker);
    const shortEffects = await harness.client.listEffects({ run: short.runId });
    const next = await harness.startWorker();
    await harness.recoverFrom(worker);
    isDown = false;
    const [shortEnd, longEnd, testsEnd] = await ends;
    await killAndReap(next);

    expect(tookMs).toBeLessThan(14_500);
    expect(worker.exitCode()).toBe(0);
    expect(shortEffects.map(({ state }) => state)).toEqual(['committed']);
    expect(shortEnd?.unknown).toEqual([]);
    expect(longEnd?.unknown).toEqual([]);
    expect(testsEnd?.unknown).toEqual([]);
    expect(await readCopy(harness, short.runId, 'shell.log')).toBe('short\n');
    expect(await readCopy(harness, long.runId, 'shell.log')).toBe('long\n');
    expect(await readCopy(harness, tests.runId, 'tested.log')).toBe('tested\n');
  });
});

describe('a worker with a call that ignores its end', () => {
  it('is gone within 14 s, at once after a second signal, and the call is taken up', async () => {
    const first = await harness.startWorker();
    const { runId } = await startScript(harness, 'short', { files: project });
    const end = finishRun(harness, runId, { settle: () => 'happened' as const });
    end.catch(() => undefined);
    const times: number[] = [];
    // A statement that waits for a lock knows nothing of signals.
    await harness.db.transaction().execute(async (tx) => {
      await sql`lock table effects in access exclusive mode`.execute(tx);
      await waitsForLock();
      times.push(await terminate(first));
      const second = await harness.startWorker();
      await harness.recoverFrom(first);
      await waitsForLock();
      const since = performance.now();
      second.kill('SIGTERM');
      await pollFor('it is told', async () => {
        second.kill('SIGTERM');
        await Promise.race([second.exited, wait(20)]);
        return second.exitCode() === null ? undefined : true;
      });
      times.push(performance.now() - since);
      await harness.recoverFrom(second);
    });
    const last = await harness.startWorker();
    const { result } = await end;
    await killAndReap(last);

    expect(times[0]).toBeLessThan(14_500);
    expect(times[1]).toBeLessThan(2_000);
    expect(result.status).toBe('completed');
    expect(await readCopy(harness, runId, 'shell.log')).toBe('short\n');
  });
});

async function waitsForLock(): Promise<void> {
  await pollFor('a statement waits for the lock', async () => {
    const { rows } = await sql`
      select from pg_locks where relation = 'effects'::regclass and not granted`.execute(
      harness.db,
    );
    return rows.length > 0 ? true : undefined;
  });
}

describe('cancelling a run', () => {
  it.each(['by the client', 'from the Temporal UI'])(
    'ends a running command soon and says so, %s',
    async (by) => {
      const worker = await harness.startWorker();
      const { runId } = await startScript(harness, 'long', { files: project });
      const end = finishRun(harness, runId, {
        settle: (target) => {
          throw new Error(`${target} was ended by ourselves`);
        },
      });
      end.catch(() => undefined);
      await begun(runId, 'shell.log', 'long');

      const since = performance.now();
      if (by === 'by the client') await harness.client.cancelRun(runId, 'enough');
      else await harness.temporal.workflow.getHandle(runId).cancel();
      await pollFor('the command is ended', async () => {
        const [effect] = await harness.client.listEffects({ run: runId });
        return effect?.state === 'failed' ? effect : undefined;
      });
      const tookMs = performance.now() - since;
      const { result } = await end;
      const [effect] = await harness.client.listEffects({ run: runId });
      const detail = await harness.client.getEffect(effect?.callId ?? '');
      await killAndReap(worker);

      // The server tells of a cancel with the next heartbeat; a stop row is seen within half a second.
      expect(tookMs).toBeLessThan(by === 'by the client' ? 2_000 : 5_000);
      expect(result.status).toBe('cancelled');
      expect(detail.result).toContain('ended in the middle');
      expect(await readCopy(harness, runId, 'shell.log')).toBe('long\n');
    },
  );
});
