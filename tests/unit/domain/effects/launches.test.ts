import { describe, expect, it } from '@jest/globals';

import {
  firstFenceOf,
  launchNumberOf,
  maxLaunchNumber,
} from '../../../../domain/effects/launch-number.ts';
import {
  parseExitRecord,
  parseStartedRecord,
  parseStopReason,
} from '../../../../domain/effects/launch-records.ts';
import { launchState, type SeenLaunch } from '../../../../domain/effects/launch-state.ts';

const started = { boot: 'b1', beganAtSeconds: 10, stat: '7 (sh) S', plan: '{}' };
const exit = { exitCode: 3, endedAtSeconds: 15, memoryKills: 0, refusedForks: 0 };

const seen = (more: Partial<SeenLaunch>): SeenLaunch => ({
  started,
  exit: undefined,
  stop: undefined,
  isSupervisorAlive: true,
  boot: 'b1',
  ...more,
});

describe('the state of a launch', () => {
  it.each([
    ['running while its supervisor lives', {}, { type: 'running', started }],
    ['ended when its end is recorded', { exit }, { type: 'ended', started, exit }],
    [
      'ended also when nobody lived then',
      { exit, isSupervisorAlive: false },
      { type: 'ended', started, exit },
    ],
    [
      'lost when its supervisor is gone without a word',
      { isSupervisorAlive: false },
      { type: 'lost', why: expect.stringContaining('was killed') },
    ],
    [
      'lost when its lease ran out',
      { isSupervisorAlive: false, stop: 'lost' },
      { type: 'lost', why: expect.stringContaining('no worker') },
    ],
    [
      'lost when nothing is left of it',
      { started: undefined, isSupervisorAlive: false },
      { type: 'lost', why: expect.stringContaining('nothing is left') },
    ],
    [
      'lost after a restart of the host, even if a process has the number of its supervisor',
      { boot: 'b2' },
      { type: 'lost', why: expect.stringContaining('restarted') },
    ],
    [
      'lost after a restart of the host, and the recorded end is told',
      { boot: 'b2', exit },
      { type: 'lost', why: expect.stringContaining('exit code 3') },
    ],
  ] as const)('is %s', (_, more, state) => {
    expect(launchState(seen(more))).toEqual(state);
  });
});

describe('records of a supervisor', () => {
  it('are read back', () => {
    expect(parseStartedRecord('b1\n10.00\n7 (sh) S\n{}\n')).toEqual(started);
    expect(parseExitRecord('3 15.00 0 2\n')).toEqual({ ...exit, refusedForks: 2 });
    expect(parseStopReason('wall-time\n')).toBe('wall-time');
  });

  it.each(['', '3 15.00 0', '3 15.00 0 2', 'x 15.00 0 2\n', '3 15.00 0 2 9\n'])(
    'of an end that is not whole are none: %j',
    (text) => expect(parseExitRecord(text)).toBeUndefined(),
  );

  it.each(['', 'b1\n', 'b1\n10.00\n7 (sh) S\n{', 'b1\nsoon\n7 (sh) S\n{}\n'])(
    'of a start that is not whole are none: %j',
    (text) => expect(parseStartedRecord(text)).toBeUndefined(),
  );

  it('name no reason that nobody knows', () => {
    expect(parseStopReason('tired\n')).toBeUndefined();
  });
});

describe('the number of a launch', () => {
  it('stays the same over take-overs and differs from the next intent', () => {
    const fence = firstFenceOf(41);

    expect([fence, fence + 1, fence + 999].map(launchNumberOf)).toEqual([41, 41, 41]);
    expect(launchNumberOf(firstFenceOf(42))).toBe(42);
  });

  it('leaves its fences within a 32-bit column', () => {
    expect(firstFenceOf(maxLaunchNumber + 1)).toBeLessThan(2 ** 31);
  });
});
