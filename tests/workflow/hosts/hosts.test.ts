import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';

import { createCapacityGate } from '../../../activities/hosts/capacity-gate.ts';
import { startHostReporter } from '../../../activities/hosts/host-reporter.ts';
import type { HostQuery } from '../../../clients/hosts-client.ts';
import { forgetHosts, saveReport } from '../../../storage/hosts/hosts.ts';
import { hostMetrics } from '../../support/host-metrics.ts';
import { pollFor } from '../../support/poll.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import {
  startRunHarness,
  type RunHarness,
  type TestWorker,
} from '../../support/runs/run-harness.ts';
import { goodbye, script } from '../../support/runs/run-scripts.ts';
import { eventsOf, start, stateOf, whenRun } from '../../support/runs/running-runs.ts';

const pollSeconds = 2;
let harness: RunHarness;
let worker: TestWorker;

beforeAll(async () => {
  harness = await startRunHarness({
    scripts: [script('short', goodbye)],
    // No machine has all of its memory free: what is really here never has room.
    settings: { capacity: { threshold: 1, pollSeconds } },
    upkeep: true,
    workers: 0,
  });
  worker = await harness.startWorker();
});
afterAll(async () => {
  try {
    await replayAll(harness);
  } finally {
    await harness.stop();
  }
});

const report = async (hostId: string, metrics: unknown, threshold = 0.2): Promise<void> =>
  saveReport(harness.db, { hostId, name: hostId, metrics, threshold });

const silence = async (hostId: string, seconds: number): Promise<void> => {
  await sql`
    update hosts set reported_at = now() - make_interval(secs => ${seconds}) where host_id = ${hostId}`.execute(
    harness.db,
  );
};

const show = async (hostId: string) => harness.client.hosts.show(hostId);

const ids = async (query: HostQuery): Promise<readonly string[]> =>
  (await harness.client.hosts.list(query)).map(({ hostId }) => hostId);

/** A process that ended and waits for its parent counts as gone. */
function isAlive(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, 'utf8'));
}

describe('hosts', () => {
  it('register themselves by their host name when a worker begins', async () => {
    const seen = await pollFor('the worker reports', async () =>
      show(hostname()).catch(() => undefined),
    );

    expect(seen).toMatchObject({ name: hostname(), status: 'busy', threshold: 1 });
    expect(seen.metrics?.memoryAvailableGb).toBeGreaterThan(0);
    expect(seen.ageSeconds).toBeLessThan(30);
  });

  it('are online at 89 s without a report, offline at 91 s, and back with the next one', async () => {
    await report('quiet', hostMetrics());
    await silence('quiet', 89);
    expect(await show('quiet')).toMatchObject({ status: 'idle' });

    await silence('quiet', 91);
    expect(await show('quiet')).toMatchObject({ status: 'offline', ageSeconds: 91 });

    await report('quiet', hostMetrics());
    expect(await show('quiet')).toMatchObject({ status: 'idle' });
    await silence('quiet', 1_000);
  });

  it.each([{ cpuLoad1: -1 }, { memoryPercent: 200 }])(
    'keep and age what they said when %p is refused',
    async (wrong) => {
      await report('wrong', hostMetrics({ memoryPercent: 50 }));
      await silence('wrong', 60);

      await expect(report('wrong', { ...hostMetrics(), ...wrong })).rejects.toMatchObject({
        code: 'invalid_argument',
      });

      const kept = await show('wrong');
      expect(kept.metrics?.memoryPercent).toBe(50);
      expect(kept.ageSeconds).toBeGreaterThanOrEqual(60);
      await silence('wrong', 1_000);
    },
  );

  it('are found by free cores and graphics memory, offline ones never', async () => {
    const gpu = { gpuType: 'nvidia', gpuVramTotalGb: 24, gpuVramAvailableGb: 20 } as const;
    await report('large', hostMetrics(gpu));
    await report('small', hostMetrics({ ...gpu, cpuCoresAvailable: 2 }));
    await report('gone', hostMetrics(gpu));
    await silence('gone', 91);

    expect(await ids({ minCpuCores: 8, minGpuVramGb: 16 })).toEqual(['large']);
    expect(await ids({ minGpuVramGb: 16 })).toEqual(['large', 'small']);
    expect(await ids({ minGpuVramGb: 21 })).toEqual([]);
    expect(await ids({})).toContain('gone');
    for (const hostId of ['large', 'small']) await silence(hostId, 1_000);
  });

  it('are forgotten after a month', async () => {
    await report('former', hostMetrics());
    await silence('former', 31 * 86_400);

    await forgetHosts(harness.db);

    await expect(show('former')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('report within 6 s with zeros while nvidia-smi hangs, and leave nothing of it behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-smi-'));
    const program = join(folder, 'nvidia-smi');
    // Its child keeps the pipe open: whoever waited for the end of the output would wait for it.
    writeFileSync(program, `#!/bin/sh\nsleep 60 &\necho $! > ${folder}/child\nwait\n`);
    chmodSync(program, 0o755);
    const beganMs = performance.now();

    const reporter = startHostReporter({
      db: harness.db,
      hostId: 'hanging',
      name: 'hanging',
      threshold: 0.2,
      environment: { PATH: `${folder}:${process.env['PATH'] ?? ''}` },
      closing: new AbortController().signal,
      warn: () => undefined,
    });
    await reporter.first;
    const tookMs = performance.now() - beganMs;
    reporter.stop();

    expect(tookMs).toBeGreaterThan(4_900);
    expect(tookMs).toBeLessThan(6_000);
    expect((await show('hanging')).metrics).toMatchObject({
      gpuType: 'none',
      gpuVramTotalGb: 0,
      gpuVramAvailableGb: 0,
    });
    const child = Number(readFileSync(join(folder, 'child'), 'utf8'));
    await pollFor('its child is gone', () => (isAlive(child) ? undefined : true));
    await silence('hanging', 1_000);
    rmSync(folder, { recursive: true });
  });

  it('say once that they cannot report, try again, and are on record as soon as they can', async () => {
    const warnings: string[] = [];
    const { db } = harness;
    await sql`alter table hosts rename to hosts_away`.execute(db);

    const reporter = startHostReporter({
      db,
      hostId: 'patient',
      name: 'patient',
      threshold: 0.2,
      environment: {},
      closing: new AbortController().signal,
      warn: (message) => warnings.push(message),
    });
    await reporter.first;
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await sql`alter table hosts_away rename to hosts`.execute(db);
    await pollFor('it reports', async () => show('patient').catch(() => undefined), 4_000);
    reporter.stop();

    expect(warnings).toEqual(['this host cannot report what it has left']);
    await silence('patient', 1_000);
  });
});

describe('a run', () => {
  it('waits while every host is full, survives the death of its worker, and begins by itself when one has room', async () => {
    await report('other', hostMetrics({ memoryPercent: 81 }));

    const runId = await start(harness, 'short');
    await whenRun(harness, runId, ({ pause }) => pause === 'capacity');
    const waiting = await pollFor('the wait is on record', async () => {
      const run = await harness.client.getRun(runId);
      return run.pause === 'capacity' ? run : undefined;
    });
    const asked = harness.rehearsal.requests.length;
    const { deadlineMs } = await stateOf(harness, runId);

    expect(waiting).toMatchObject({ status: 'paused', turn: 0, tokensIn: 0 });
    expect(waiting.message).toBe(
      'no host has room: other, which is nearest to it, has 19 % of its memory free; new runs begin at 20 % (capacity.threshold)',
    );
    expect(asked).toBe(0);
    // Nobody has to do anything about it.
    expect(await harness.client.inbox()).toEqual([]);

    worker.kill('SIGKILL');
    await worker.exited;
    const dead = worker;
    worker = await harness.startWorker();
    await harness.recoverFrom(dead);
    await new Promise((resolve) => setTimeout(resolve, pollSeconds * 1_000));
    expect((await stateOf(harness, runId)).pause).toBe('capacity');

    await report('other', hostMetrics({ memoryPercent: 75 }));
    const roomMs = Date.now();
    const after = await whenRun(harness, runId, ({ pause }) => pause === null);
    const beganMs = Date.now() - roomMs;
    const result = await harness.client.waitForRun(runId);

    expect(beganMs).toBeLessThan((pollSeconds + 1.5) * 1_000);
    expect(result.status).toBe('completed');
    // The clock stood.
    expect(after.deadlineMs).toBeGreaterThan(deadlineMs);
    const types = (await eventsOf(harness, runId)).map(({ type }) => type);
    expect(types.filter((type) => type === 'run.paused')).toHaveLength(1);
    expect(types).toContain('run.resumed');
  });

  it('waits while no host is online, and not where the threshold is 0', async () => {
    await sql`update hosts set reported_at = now() - interval '91 seconds'`.execute(harness.db);
    const { db } = harness;
    const reported = Promise.resolve();

    expect(await createCapacityGate({ db, threshold: 0.2, reported })()).toBe(
      'no host has reported within 90 s',
    );
    expect(await createCapacityGate({ db, threshold: 0, reported })()).toBeUndefined();
  });

  it('waits while what the hosts reported cannot be read', async () => {
    await report('other', hostMetrics());
    await sql`update hosts set metrics = '{"cpuLoad1": "much"}' where host_id = 'other'`.execute(
      harness.db,
    );
    await silence(hostname(), 91);
    const gate = createCapacityGate({
      db: harness.db,
      threshold: 0.2,
      reported: Promise.resolve(),
    });

    expect(await gate()).toContain('cannot be read');
    expect(await show('other')).toMatchObject({ status: 'busy', freeCapacity: null });
  });
});
