import { readdirSync, readFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { isRunning } from '../../activities/sandbox/process/process-tree.ts';
import { gatherEvidence } from '../support/kill/kill-evidence.ts';
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

const leaseMs = 15_000;
/** Stands on the command line of what must not outlive its lease. */
const word = `6${process.pid}`;
const ticks = 'for i in $(seq 10); do echo "tick $i"; sleep 0.5; done';

beforeAll(async () => {
  harness = await startRunHarness({
    scripts: [
      scriptOf('ticks', [appendByShell('ran', ` ; ${ticks}; exit 0`), ...quietEnd]),
      scriptOf('failing', [appendByShell('ran', ' ; sleep 5; echo told; exit 9'), ...quietEnd]),
      scriptOf('endless', [appendByShell('ran', ` ; sleep ${word}`), ...quietEnd]),
    ],
    workers: 0,
    commandLeaseMs: leaseMs,
  });
});

afterAll(async () => harness.stop());

const nobodyAsked = {
  settle: (target: string) => {
    throw new Error(`nothing here is unknown, but ${target} is`);
  },
};

/** Starts a run, and kills its worker in the middle of its command. */
async function killedInTheMiddle(name: string): Promise<{
  readonly run: Awaited<ReturnType<typeof startScript>>;
  readonly dead: TestWorker;
}> {
  const worker = await harness.startWorker();
  const run = await startScript(harness, name);
  let isDown = false;
  finishRun(harness, run.runId, { ...nobodyAsked, isThere: () => !isDown }).catch(() => undefined);
  await pollFor('the command is under way', async () =>
    countLine(await readCopy(harness, run.runId, 'shell.log'), 'ran') > 0 ? true : undefined,
  );
  isDown = true;
  await killAndReap(worker);
  return { run, dead: worker };
}

async function effectOf(runId: string) {
  const [effect] = await harness.client.listEffects({ run: runId });
  return harness.client.getEffect(effect?.callId ?? '');
}

function processesWith(text: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isRunning(pid) && commandLineOf(pid).includes(text));
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

describe('a command whose worker is killed in the middle', () => {
  it('goes on under the next one of two: once, with all its output, and nobody is asked', async () => {
    const { run, dead } = await killedInTheMiddle('ticks');
    const others = await Promise.all([harness.startWorker(), harness.startWorker()]);
    await harness.recoverFrom(dead);

    const { result } = await finishRun(harness, run.runId, nobodyAsked);
    const { result: text } = await effectOf(run.runId);
    const { effects } = await gatherEvidence(harness, run);
    await Promise.all(others.map(killAndReap));

    const lines = Array.from({ length: 10 }, (_, index) => `tick ${index + 1}`);
    expect(result.status).toBe('completed');
    expect(effects).toEqual([{ seq: 1, state: 'committed' }]);
    expect(text).toBe(`exit code 0\n${lines.join('\n')}`);
    expect(await readCopy(harness, run.runId, 'shell.log')).toBe('ran\n');
  });

  it('tells its true exit code when it ended while no worker lived', async () => {
    const { run, dead } = await killedInTheMiddle('failing');
    await pollFor('the command has ended', () =>
      processesWith('echo told').length === 0 ? true : undefined,
    );
    const next = await harness.startWorker();
    await harness.recoverFrom(dead);

    await finishRun(harness, run.runId, nobodyAsked);
    const { result: text, state } = await effectOf(run.runId);
    await killAndReap(next);

    expect([state, text]).toEqual(['failed', 'exit code 9\ntold']);
    expect(await readCopy(harness, run.runId, 'shell.log')).toBe('ran\n');
  });

  it('ends soon when its run is cancelled after the next worker took it up', async () => {
    const { run, dead } = await killedInTheMiddle('endless');
    const next = await harness.startWorker();
    await harness.recoverFrom(dead);
    await pollFor('the next worker owns the effect', async () => {
      const row = await harness.db
        .selectFrom('effects')
        .select('owner')
        .where('run_id', '=', run.runId)
        .executeTakeFirst();
      return JSON.stringify(row?.owner).includes(`"pid":${next.pid}`) ? true : undefined;
    });

    const since = performance.now();
    await harness.client.cancelRun(run.runId, 'enough');
    await pollFor('nothing of it runs', () =>
      processesWith(word).length === 0 ? true : undefined,
    );
    const tookMs = performance.now() - since;
    const { result } = await finishRun(harness, run.runId, nobodyAsked);
    const effect = await effectOf(run.runId);
    await killAndReap(next);

    expect(tookMs).toBeLessThan(2_000);
    expect(result.status).toBe('cancelled');
    expect(effect).toMatchObject({ state: 'failed' });
    expect(effect.result).toContain('ended in the middle');
  });

  it('is ended when no worker comes within the lease, and a person is asked', async () => {
    const { run, dead } = await killedInTheMiddle('endless');

    await pollFor(
      'nothing of it runs',
      () => (processesWith(word).length === 0 ? true : undefined),
      leaseMs * 2,
    );
    const next = await harness.startWorker();
    await harness.recoverFrom(dead);
    const { result, unknown } = await finishRun(harness, run.runId, { settle: () => 'happened' });
    await killAndReap(next);

    expect(result.status).toBe('completed');
    expect(unknown).toHaveLength(1);
    expect(await readCopy(harness, run.runId, 'shell.log')).toBe('ran\n');
  });
});
