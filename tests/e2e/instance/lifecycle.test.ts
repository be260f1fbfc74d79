import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { Client } from 'pg';

import { instanceRecordSchema } from '../../../domain/settings/instance-record-schema.ts';
import { isProcessAlive } from '../../../storage/home/process-identity.ts';
import { runCli } from '../../support/instance/cli.ts';
import {
  makeTestHome,
  startTestInstance,
  type TestInstance,
  testHomeVariables,
} from '../../support/instance/instance.ts';
import { pollFor } from '../../support/poll.ts';
import { sendSignal } from '../../support/instance/send-signal.ts';

const stubWorker = fileURLToPath(
  new URL('../../support/instance/stub-worker.mjs', import.meta.url),
);
const stub = { HOLDFAST_WORKER_PROGRAM: stubWorker };

jest.setTimeout(60_000);

describe('an instance', () => {
  let instance: TestInstance;

  beforeAll(async () => {
    instance = await startTestInstance(stub);
  });
  afterAll(async () => instance.stop());

  it('serves Temporal with 90 days of retention and our search attributes', async () => {
    const connection = await Connection.connect({ address: instance.temporalAddress });

    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });
    await connection.close();

    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 24 * 60 * 60);
    const ours = Object.keys(customAttributes).filter((name) => name.startsWith('Holdfast'));
    expect(ours.toSorted()).toEqual([
      'HoldfastCostMicroUsd',
      'HoldfastPolicy',
      'HoldfastProject',
      'HoldfastRoot',
      'HoldfastSpecialist',
      'HoldfastStatus',
      'HoldfastTenant',
      'HoldfastWaitingFor',
    ]);
  });

  it('serves a database with our tables', async () => {
    const client = new Client({ connectionString: instance.databaseUrl });
    await client.connect();

    const { rows } = await client.query(
      "select 1 from information_schema.tables where table_name = 'effects'",
    );
    await client.end();

    expect(rows).toHaveLength(1);
  });

  it('keeps its record, with the database password, from other users', () => {
    const file = join(instance.home, 'instance.json');

    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(instanceRecordSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).success).toBe(
      true,
    );
  });

  it('shows its parts without the password', async () => {
    const { code, stdout } = await instance.cli(['status', '--json']);

    const status = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(status).toMatchObject({ schemaVersion: 1, isRunning: true, home: instance.home });
    expect(
      status.parts.map((part: { name: string; state: string }) => `${part.name} ${part.state}`),
    ).toEqual(['temporal running', 'postgres running', 'worker running']);
    expect(stdout).not.toContain(new URL(instance.databaseUrl).password);
  });

  it('refuses a second one on its data folder, and is found by `up --detach`', async () => {
    const second = await instance.cli(['up', '--json']);
    const detached = await instance.cli(['up', '--detach', '--json']);

    expect(second.code).toBe(1);
    expect(JSON.parse(second.stdout)).toMatchObject({ code: 'conflict' });
    expect(detached.code).toBe(0);
    expect(JSON.parse(detached.stdout)).toMatchObject({
      wasRunning: true,
      temporalAddress: instance.temporalAddress,
    });
  });

  it('does not disturb one with another data folder', async () => {
    const other = await startTestInstance(stub);
    try {
      expect(other.temporalAddress).not.toBe(instance.temporalAddress);
      expect(new URL(other.databaseUrl).port).not.toBe(new URL(instance.databaseUrl).port);
    } finally {
      await other.stop();
    }

    const { code } = await instance.cli(['status']);
    expect(code).toBe(0);
  });

  it.each(['worker', 'temporal', 'postgres'] as const)('restarts a killed %s', async (name) => {
    const before = instance.record().parts[name];
    process.kill(before?.process?.pid ?? 0, 'SIGKILL');

    const after = await pollFor(`${name} restarted`, () => {
      const part = instance.record().parts[name];
      return part !== undefined && part.restarts > (before?.restarts ?? 0) ? part : undefined;
    });

    expect(after.process?.pid).not.toBe(before?.process?.pid);
    const { stdout } = await instance.cli(['status', '--json']);
    expect(JSON.parse(stdout).parts).toContainEqual(
      expect.objectContaining({ name, state: 'running', restarts: after.restarts }),
    );
  });

  it('leaves no process behind when its supervisor is killed, and starts again', async () => {
    const { supervisor, parts } = instance.record();
    process.kill(supervisor.pid, 'SIGKILL');
    await pollFor('the supervisor is dead', () =>
      isProcessAlive(supervisor, sendSignal) ? undefined : true,
    );

    const stale = await instance.cli(['status', '--json']);
    const up = await instance.cli(['up', '--detach', '--json']);

    expect(stale.code).toBe(75);
    expect(up.code).toBe(0);
    for (const part of Object.values(parts)) {
      expect(part?.process !== undefined && isProcessAlive(part.process, sendSignal)).toBe(false);
    }
  });

  it('ends in order, and `down` again does nothing', async () => {
    const { supervisor } = instance.record();

    const down = await instance.cli(['down', '--json']);
    const again = await instance.cli(['down', '--json']);

    expect(JSON.parse(down.stdout)).toMatchObject({ wasRunning: true });
    expect(isProcessAlive(supervisor, sendSignal)).toBe(false);
    expect([down.code, again.code]).toEqual([0, 0]);
    expect(JSON.parse(again.stdout)).toMatchObject({ wasRunning: false });
  });
});

describe('holdfast up', () => {
  it('takes free ports when the given ones are taken', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const address = blocker.address();
    const taken = typeof address === 'object' ? String(address?.port) : '';

    const instance = await startTestInstance({
      ...stub,
      HOLDFAST_PORTS_TEMPORAL: taken,
      HOLDFAST_PORTS_POSTGRES: taken,
    });
    try {
      expect(instance.temporalAddress.endsWith(`:${taken}`)).toBe(false);
      expect(new URL(instance.databaseUrl).port).not.toBe(taken);
    } finally {
      await instance.stop();
      blocker.close();
    }
  });

  it('starts two instances at once that want the same ports, each on servers of its own', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const address = free.address();
    const wanted = typeof address === 'object' ? String(address?.port) : '';
    await new Promise((resolve) => free.close(resolve));
    const variables = { ...stub, HOLDFAST_PORTS_POSTGRES: wanted };

    const instances = await Promise.all([
      startTestInstance(variables),
      startTestInstance(variables),
    ]);
    try {
      const ports = instances.map(({ databaseUrl }) => new URL(databaseUrl).port);
      expect(new Set(ports).size).toBe(2);
    } finally {
      await Promise.all(instances.map((instance) => instance.stop()));
    }
  });

  it('replaces a damaged record, which status names', async () => {
    const home = makeTestHome();
    const variables = { ...testHomeVariables(home), ...stub };
    writeFileSync(join(home, 'instance.json'), '{"half": ');

    const status = await runCli(['status', '--json'], variables);
    const up = await runCli(['up', '--detach', '--json'], variables);
    await runCli(['down'], variables);
    rmSync(home, { recursive: true });

    expect(status.code).toBe(75);
    expect(JSON.parse(status.stdout).reason).toContain('damaged');
    expect(up.code).toBe(0);
  });

  it('gives up loudly on a worker that dies at its start', async () => {
    const home = makeTestHome();
    const variables = { ...testHomeVariables(home), ...stub, STUB_WORKER: 'dies' };

    const up = await runCli(['up'], variables);
    rmSync(home, { recursive: true });

    expect(up.code).toBe(1);
    expect(up.stderr).toContain('the worker died 6 times in a row');
  });

  it('kills a worker that ignores the request to end, within 14 s', async () => {
    const instance = await startTestInstance({ ...stub, STUB_WORKER: 'stubborn' });
    const began = performance.now();

    const down = await instance.cli(['down']);
    const tookMs = performance.now() - began;
    rmSync(instance.home, { recursive: true });

    expect(down.code).toBe(0);
    expect(tookMs).toBeGreaterThan(10_000);
    expect(tookMs).toBeLessThan(14_500);
  });

  // Only as root the database runs as another user than its folders belong to.
  const asRoot = process.getuid?.() === 0 ? describe : describe.skip;
  asRoot('as root', () => {
    it('says which folder is closed to the user of the database', async () => {
      const parent = mkdtempSync(join(tmpdir(), 'holdfast-closed-'));
      const home = join(parent, 'home');
      mkdirSync(home);
      chmodSync(parent, 0o700);

      const up = await runCli(['up', '--detach', '--json'], {
        ...testHomeVariables(home),
        ...stub,
      });
      rmSync(parent, { recursive: true });

      expect(up.code).toBe(5);
      expect(JSON.parse(up.stdout)).toMatchObject({ code: 'permission_denied' });
      expect(JSON.parse(up.stdout).message).toContain(`${parent} (mode 0700)`);
    });
  });

  it('names a data folder that cannot be written', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'holdfast-file-')), 'file');
    writeFileSync(file, '');

    const up = await runCli(['up', '--detach', '--json'], {
      ...testHomeVariables(join(file, 'home')),
      ...stub,
    });

    expect(up.code).toBe(75);
    expect(JSON.parse(up.stdout).message).toContain(join(file, 'home'));
  });

  it('says so at once where no folder can be made', async () => {
    const up = await runCli(['up', '--detach', '--json'], {
      ...testHomeVariables('/proc/holdfast'),
      ...stub,
    });

    expect(up.code).toBe(75);
    expect(JSON.parse(up.stdout).message).toContain('/proc/holdfast cannot be written');
  });
});
