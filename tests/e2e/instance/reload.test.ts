import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

import { isProcessAlive } from '../../../storage/home/process-identity.ts';
import { readReloadReport } from '../../../storage/home/reload-report.ts';
import { currentDefinitions, type Definition } from '../../../storage/readers.ts';
import { openDatabase, putDefinition, type Database } from '../../../storage/administration.ts';
import { startTestInstance, type TestInstance } from '../../support/instance/instance.ts';
import { sendSignal } from '../../support/instance/send-signal.ts';
import { pollFor } from '../../support/poll.ts';

jest.setTimeout(60_000);

const stubWorker = fileURLToPath(
  new URL('../../support/instance/stub-worker.mjs', import.meta.url),
);
const profile = (verdict: string): string => `schemaVersion: 1
name: mine
mode: default
rules:
  - { name: shell, tool: shell, verdict: ${verdict} }
limits: { maxTurns: 5, timeoutSeconds: 60, maxCostMicroUsd: 0 }
`;

let instance: TestInstance;
let db: Database;

beforeAll(async () => {
  instance = await startTestInstance({ HOLDFAST_WORKER_PROGRAM: stubWorker });
  db = openDatabase(instance.databaseUrl);
  mkdirSync(join(instance.home, 'policies'));
});

afterAll(async () => {
  await db.destroy();
  await instance.stop();
});

const write = (file: string, text: string): void => writeFileSync(join(instance.home, file), text);

async function mine(): Promise<Definition | undefined> {
  const all = await currentDefinitions(db, 'default', 'policy');
  return all.find(({ name }) => name === 'mine');
}

describe('holdfast config apply', () => {
  it('puts a new rule in force and leaves the worker alone', async () => {
    const before = instance.record();
    write('policies/mine.yaml', profile('ask'));
    const note = await instance.cli(['status']);

    const applied = await instance.cli(['config', 'apply', '--json']);
    const again = await instance.cli(['config', 'apply']);

    expect(note.stderr).toContain('mine.yaml changed after the instance read it');
    expect(applied.code).toBe(0);
    expect(JSON.parse(applied.stdout)).toMatchObject({
      definitions: 1,
      changed: ['policy mine'],
      settings: [],
      atNextStart: [],
      worker: 'stays',
    });
    expect(again.stdout).toBe('nothing has changed\n');
    expect((await mine())?.version).toBe(1);
    expect(instance.record().parts.worker).toEqual(before.parts.worker);
    expect((await instance.cli(['status'])).stderr).not.toContain('note:');
  });

  it('keeps every old rule and setting when one file does not fit, and says where', async () => {
    write('policies/mine.yaml', profile('deny'));
    write('policies/other.yaml', profile('maybe').replace('mine', 'other'));
    write('holdfast.yaml', 'maxParallel: 7\n');
    const { parts } = instance.record();

    const { code, stderr } = await instance.cli(['config', 'apply']);

    expect(code).toBe(2);
    expect(stderr).toMatch(/other\.yaml:5:\d+: rules\.0\.verdict: must be one of allow, ask, deny/);
    expect(JSON.stringify((await mine())?.body)).toContain('"ask"');
    expect(instance.record().parts.worker).toEqual(parts.worker);
    const log = readFileSync(join(instance.home, 'logs', 'instance.log'), 'utf8');
    expect(log).toContain('"event":"configuration-refused"');
    write('policies/other.yaml', profile('deny').replace('mine', 'other'));
  });

  it('puts a new worker in the place of the old one when a setting needs it', async () => {
    const { worker: old } = instance.record().parts;

    const { stdout } = await instance.cli(['config', 'apply', '--json']);

    expect(JSON.parse(stdout)).toMatchObject({
      definitions: 2,
      changed: ['policy mine', 'policy other'],
      settings: ['maxParallel'],
      worker: 'begins-anew',
    });
    const { worker } = instance.record().parts;
    expect(worker?.process?.pid).not.toBe(old?.process?.pid);
    expect(worker?.restarts).toBe(old?.restarts);
    await pollFor('the old worker is gone', () =>
      old?.process !== undefined && isProcessAlive(old.process, sendSignal) ? undefined : true,
    );
    expect(worker?.process !== undefined && isProcessAlive(worker.process, sendSignal)).toBe(true);
  });

  it('restarts the new worker when it dies', async () => {
    const { worker } = instance.record().parts;
    process.kill(worker?.process?.pid ?? 0, 'SIGKILL');

    const restarted = await pollFor('the worker is restarted', () => {
      const newest = instance.record().parts.worker;
      return (newest?.restarts ?? 0) > (worker?.restarts ?? 0) ? newest : undefined;
    });
    expect(restarted.process?.pid).not.toBe(worker?.process?.pid);
  });

  it('changes no rule when the new worker does not come up', async () => {
    write('no-worker-starts', '');
    write('holdfast.yaml', 'maxParallel: 8\n');
    write('policies/mine.yaml', profile('ask'));
    const { worker } = instance.record().parts;
    const rule = JSON.stringify((await mine())?.body);

    const { code } = await instance.cli(['config', 'apply']);

    rmSync(join(instance.home, 'no-worker-starts'));
    write('holdfast.yaml', 'maxParallel: 7\n');
    write('policies/mine.yaml', profile('deny'));
    expect(code).not.toBe(0);
    expect(readReloadReport(instance.home)?.type).toBe('refused');
    expect(rule).toContain('"deny"');
    expect(JSON.stringify((await mine())?.body)).toBe(rule);
    expect(instance.record().parts.worker?.process).toEqual(worker?.process);
  });

  it('names the settings that wait for the next start', async () => {
    write('holdfast.yaml', 'maxParallel: 7\nports: { temporalUi: 9999 }\n');

    const first = await instance.cli(['config', 'apply', '--json']);
    const second = await instance.cli(['config', 'apply']);

    expect(JSON.parse(first.stdout)).toMatchObject({ settings: [], atNextStart: ['ports'] });
    expect(second.stderr).toContain('ports: counts from the next start on');
  });

  it('leaves alone what a command added', async () => {
    const body = { key: 'extra', backend: 'generic', model: 'x', baseUrl: 'http://127.0.0.1:1/v1' };
    const added = { kind: 'model', name: 'extra', body, origin: 'command' } as const;
    await putDefinition(db, 'default', added);

    await instance.cli(['config', 'apply']);

    const models = await currentDefinitions(db, 'default', 'model');
    expect(models.map(({ name }) => name)).toEqual(['extra']);
  });
});

describe('SIGHUP', () => {
  it('does the same as the command', async () => {
    const before = readReloadReport(instance.home)?.at;
    write('policies/mine.yaml', profile('allow'));

    process.kill(instance.record().supervisor.pid, 'SIGHUP');

    const report = await pollFor('the reload is reported', () => {
      const newest = readReloadReport(instance.home);
      return newest === undefined || newest.at === before ? undefined : newest;
    });
    expect(report).toMatchObject({ type: 'applied', definitions: 1 });
    expect(JSON.stringify((await mine())?.body)).toContain('"allow"');
  });
});
