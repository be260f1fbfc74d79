import { hostname } from 'node:os';

import { describe, expect, it } from '@jest/globals';

import type {
  ForkPlan,
  RunRecord,
  TimeTravelClient,
} from '../../../../../clients/time-travel-client.ts';
import { readEvent } from '../../../../../domain/events/read-event.ts';
import type { RunStatus } from '../../../../../domain/run/status.ts';
import { runWith } from '../run/command-line.ts';
import { fakeClient } from '../run/fake-client.ts';

const plan: ForkPlan = {
  runId: 'run/default/k1',
  turn: 1,
  turns: 2,
  calls: [
    {
      callId: 'c1',
      turn: 1,
      tool: 'write_file',
      preview: 'write a',
      effect: 'committed',
      becomes: 'record',
    },
    {
      callId: 'c2',
      turn: 2,
      tool: 'git_push',
      preview: 'push',
      effect: 'committed',
      becomes: 'asked',
    },
  ],
};
const at = '2026-01-01T00:00:00.000Z';
const record = {
  runId: 'run/default/k1',
  events: [{ seq: 1, type: 'run.started', at, data: { b: 1, a: { d: 2, c: 3 } } }],
  refused: [],
};

function travelling(status: RunStatus = 'paused', refused: RunRecord['refused'] = []) {
  const calls: unknown[][] = [];
  const timeTravel: TimeTravelClient = {
    planFork: async (...asked) => {
      calls.push(['planFork', ...asked]);
      return plan;
    },
    forkRun: async (fork) => {
      calls.push(['forkRun', fork]);
      return { runId: 'run/default/k2', key: 'k2', existing: false };
    },
    recordOf: async () => ({ ...record, refused }),
    workspaceOf: async () => ({
      key: 'k1',
      workspace: { id: 'gone', host: hostname() },
      status,
      isQuiet: status === 'paused',
    }),
    judgeAgain: async () => [],
  };
  return { calls, client: fakeClient({ overrides: { timeTravel } }) };
}

describe('holdfast runs fork and rewind', () => {
  it.each([
    ['fork', 'keep'],
    ['rewind', 'cancel'],
  ])('%s shows what becomes of each call, and starts the run', async (command, original) => {
    const { calls, client } = travelling();

    const { code, stdout } = await runWith(['runs', command, 'k1', '--at', '1', '--yes'], {
      client,
    });

    expect(code).toBe(0);
    expect(stdout).toContain('taken from the record');
    expect(stdout).toContain('its like waits for an approval');
    expect(calls).toEqual([
      ['planFork', 'k1', 1],
      ['forkRun', { run: 'run/default/k1', turn: 1, original }],
    ]);
  });

  it('gives one document', async () => {
    const { client } = travelling();

    const { stdout } = await runWith(['runs', 'fork', 'k1', '--at', '1', '--json'], { client });

    expect(JSON.parse(stdout)).toMatchObject({ runId: 'run/default/k2', plan });
  });

  it.each([[['runs', 'fork', 'k1']], [['runs', 'fork', 'k1', '--at', 'x']]])(
    'refuses %j',
    async (words) => {
      const { calls, client } = travelling();

      expect((await runWith(words, { client })).code).toBe(2);
      expect(calls).toEqual([]);
    },
  );
});

describe('holdfast runs replay', () => {
  it('prints the record in canonical form, the same every time', async () => {
    const { client } = travelling();

    const outputs = [
      await runWith(['runs', 'replay', 'k1'], { client }),
      await runWith(['runs', 'replay', 'k1'], { client }),
    ];

    expect(outputs[0]?.stdout).toBe(`1 ${at} run.started {"a":{"c":3,"d":2},"b":1}\n`);
    expect(outputs[1]?.stdout).toBe(outputs[0]?.stdout);
  });

  it('prints the rest when an event is of a newer version, and names that one', async () => {
    const read = readEvent({
      runId: record.runId,
      seq: 2,
      tenant: 'default',
      schemaVersion: 2,
      type: 'run.status',
      at,
      data: {},
    });
    if (read.type !== 'refused') throw new Error('it was read');
    const { client } = travelling('paused', [read.refused]);

    const { code, stdout, stderr } = await runWith(['runs', 'replay', 'k1'], { client });

    expect([code, stdout.split('\n').length]).toEqual([0, 2]);
    expect(stderr).toContain('event 2 (run.status) is of version 2; this program reads up to 1');
  });
});

describe('holdfast runs restore and cleanup', () => {
  it.each([[['restore', 'k1', 'last']], [['cleanup', 'k1']]])(
    'refuse a run that works, and tell of files that are gone: %j',
    async (words) => {
      const working = await runWith(['runs', ...words], { client: travelling('running').client });
      const lost = await runWith(['runs', ...words], { client: travelling().client });

      expect(working.stderr).toContain('holdfast runs pause k1');
      expect([working.code, lost.code]).toEqual([1, 4]);
    },
  );

  it('say that a run waits for a person, and not that it works', async () => {
    const { client } = travelling('awaiting_approval');

    const { code, stderr } = await runWith(['runs', 'restore', 'k1', 'last'], { client });

    expect(code).toBe(1);
    expect(stderr).toContain('run k1 waits for a person');
  });

  it('want to be told where to', async () => {
    expect((await runWith(['runs', 'restore', 'k1', 'middle'])).code).toBe(2);
  });
});
