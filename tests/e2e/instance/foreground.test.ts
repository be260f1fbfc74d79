import { type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import type { InstanceRecord } from '../../../domain/settings/instance-record-schema.ts';
import { readInstance } from '../../../storage/home/instance-record.ts';
import { isProcessAlive } from '../../../storage/home/process-identity.ts';
import { runCli, spawnCli } from '../../support/instance/cli.ts';
import { makeTestHome, testHomeVariables } from '../../support/instance/instance.ts';
import { pollFor } from '../../support/poll.ts';
import { sendSignal } from '../../support/instance/send-signal.ts';

jest.setTimeout(60_000);

const stubWorker = fileURLToPath(
  new URL('../../support/instance/stub-worker.mjs', import.meta.url),
);

describe('holdfast up in the foreground', () => {
  let home: string;

  beforeEach(() => {
    home = makeTestHome();
  });
  afterEach(async () => {
    await runCli(['down'], testHomeVariables(home));
    rmSync(home, { recursive: true, force: true });
  });

  async function startForeground(stub = ''): Promise<{ up: ChildProcess; record: InstanceRecord }> {
    const variables = { HOLDFAST_WORKER_PROGRAM: stubWorker, STUB_WORKER: stub };
    const up = spawnCli(['up'], { ...testHomeVariables(home), ...variables });
    const record = await pollFor('the instance runs', () => {
      const state = readInstance(home, sendSignal);
      return state.type === 'running' && state.record.parts.worker !== undefined
        ? state.record
        : undefined;
    });
    return { up, record };
  }

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'ends in order on %s, with exit code 0',
    async (signal) => {
      const { up, record } = await startForeground();

      up.kill(signal);

      expect(await exitCode(up)).toBe(0);
      expect(livingParts(record)).toEqual([]);
      expect(readInstance(home, sendSignal).type).toBe('absent');
    },
  );

  it('ends at once on the second signal, also when the worker ignores the first', async () => {
    const { up, record } = await startForeground('stubborn');
    const began = performance.now();

    up.kill('SIGINT');
    // Two equal signals in one moment arrive as one: the second follows when the first was taken.
    await new Promise((resolve) =>
      up.stderr?.on('data', (text) => String(text).includes('in order') && resolve(text)),
    );
    up.kill('SIGINT');

    expect(await exitCode(up)).toBe(130);
    expect(performance.now() - began).toBeLessThan(5_000);
    await pollFor('the parts are gone', () => livingParts(record).length === 0 || undefined);
  });

  it('ends when its terminal is gone', async () => {
    const { up, record } = await startForeground();

    up.kill('SIGKILL');
    await pollFor(
      'the supervisor ended',
      () => !isProcessAlive(record.supervisor, sendSignal) || undefined,
    );

    expect(livingParts(record)).toEqual([]);
    expect(readInstance(home, sendSignal).type).toBe('absent');
  });
});

async function exitCode(child: ChildProcess): Promise<number | null> {
  return child.exitCode ?? new Promise((resolve) => child.once('exit', resolve));
}

function livingParts({ parts }: InstanceRecord): readonly string[] {
  return Object.entries(parts).flatMap(([name, part]) =>
    part?.process !== undefined && isProcessAlive(part.process, sendSignal) ? [name] : [],
  );
}
