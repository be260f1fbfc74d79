import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import type { InstanceRecord } from '../../../../domain/settings/instance-record-schema.ts';
import { endLeftovers } from '../../../../storage/home/end-leftovers.ts';
import { readInstance, writeInstance } from '../../../../storage/home/instance-record.ts';
import { identifyProcess } from '../../../../storage/home/process-identity.ts';
import { sendSignal } from '../../../support/instance/send-signal.ts';

function record(overrides: Partial<InstanceRecord> = {}): InstanceRecord {
  const startedAt = new Date().toISOString();
  return {
    schemaVersion: 1,
    version: '0.1.0',
    startedAt,
    supervisor: identifyProcess(process.pid),
    temporalAddress: '127.0.0.1:7233',
    databaseUrl: 'postgresql://holdfast:x@127.0.0.1:5433/holdfast',
    namespace: 'default',
    taskQueue: 'holdfast',
    parts: {
      temporal: { restarts: 0, startedAt, isOurs: false },
      postgres: { restarts: 0, startedAt, isOurs: false },
    },
    ...overrides,
  };
}

function home(): string {
  return mkdtempSync(join(tmpdir(), 'holdfast-record-'));
}

/** This process's number with the start time of another: as after the number was given out again. */
const reused = { pid: process.pid, startedTicks: '1' };

describe('the instance record', () => {
  it('is read back as it was written, for its owner only', () => {
    const folder = home();

    writeInstance(folder, record());

    expect(readInstance(folder, sendSignal)).toMatchObject({
      type: 'running',
      record: { namespace: 'default' },
    });
    expect(statSync(join(folder, 'instance.json')).mode & 0o777).toBe(0o600);
  });

  it('is stale when its process number was given to another process', () => {
    const folder = home();

    writeInstance(folder, record({ supervisor: reused }));

    expect(readInstance(folder, sendSignal).type).toBe('stale');
  });

  it.each([
    ['no JSON', '{"half": '],
    ['JSON of something else', '{"schemaVersion": 2}'],
    ['an empty file', ''],
  ])('is corrupt when it is %s', (_, text) => {
    const folder = home();
    writeFileSync(join(folder, 'instance.json'), text);

    expect(readInstance(folder, sendSignal).type).toBe('corrupt');
  });

  it('is absent without a file and without a folder', () => {
    expect(readInstance(home(), sendSignal).type).toBe('absent');
    expect(readInstance('/nowhere/at/all', sendSignal).type).toBe('absent');
  });
});

describe('endLeftovers', () => {
  it('sends nothing to a process that only has the number of a dead part', async () => {
    const folder = home();
    const sent: (string | number)[] = [];
    const part = {
      restarts: 0,
      startedAt: new Date().toISOString(),
      isOurs: true,
      process: reused,
    };
    writeInstance(
      folder,
      record({ supervisor: reused, parts: { temporal: part, postgres: part, worker: part } }),
    );

    const ended = await endLeftovers(folder, (_, signal) => sent.push(signal));

    expect(ended).toBe(0);
    expect(sent).toEqual([]);
    expect(readInstance(folder, sendSignal).type).toBe('absent');
  });

  it('leaves a running instance alone', async () => {
    const folder = home();
    writeInstance(folder, record());

    expect(await endLeftovers(folder, sendSignal)).toBe(0);
    expect(readFileSync(join(folder, 'instance.json'), 'utf8')).toContain('holdfast');
  });
});
