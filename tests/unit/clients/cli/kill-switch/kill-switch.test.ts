import { describe, expect, it } from '@jest/globals';

import type {
  KillSwitchClient,
  KillSwitchState,
} from '../../../../../clients/kill-switch-client.ts';
import { runWith } from '../run/command-line.ts';

const at = '2026-11-01T10:00:00.000Z';
const state: KillSwitchState = {
  stops: [{ scope: 'tool:shell', reason: 'a bad release', by: 'ada', at }],
  released: [{ scope: 'run:run/default/k9', reason: 'first', by: 'ada', at }],
  held: [{ runId: 'run/default/k1', runKey: 'k1', title: 'mend the sum', scope: 'tool:shell' }],
  goingOn: [
    { runId: 'run/default/k2', runKey: 'k2', what: 'http_fetch', detail: 'POST /x', since: at },
  ],
  history: [],
};

function fakeSwitch(unreached: readonly string[] = []) {
  const calls: unknown[][] = [];
  const killSwitch: KillSwitchClient = {
    stop: async (order) => {
      calls.push(['stop', order]);
      return state;
    },
    state: async () => state,
    resume: async (order) => {
      calls.push(['resume', order]);
      return { ...state, lifted: [], woken: ['k1'], unreached };
    },
    close: async () => void calls.push(['close']),
  };
  return { calls, killSwitch };
}

describe('holdfast kill-switch', () => {
  it('stops scopes with a reason, and says what is still going on', async () => {
    const { calls, killSwitch } = fakeSwitch();
    const args = ['--scope', 'tool:shell', '--scope', 'project:shop', '--reason', 'a bad release'];

    const { code, stdout } = await runWith(['kill-switch', 'stop', ...args], { killSwitch });

    expect(code).toBe(0);
    expect(calls).toEqual([
      ['stop', { scopes: ['tool:shell', 'project:shop'], reason: 'a bad release' }],
      ['close'],
    ]);
    for (const text of [
      'tool:shell',
      'a bad release',
      'run:run/default/k9',
      'mend the sum',
      'http_fetch',
    ]) {
      expect(stdout).toContain(text);
    }
  });

  it('shows the state, also as JSON', async () => {
    const { killSwitch } = fakeSwitch();

    const { stdout } = await runWith(['kill-switch', '--json'], { killSwitch });

    expect(JSON.parse(stdout)).toEqual({ schemaVersion: 1, ...state });
  });

  it('resumes runs and scopes, and says who could not be told', async () => {
    const { calls, killSwitch } = fakeSwitch(['k2']);
    const args = ['--run', 'k1', '--run', 'k2', '--reason', 'mended'];

    const { code, stderr } = await runWith(['kill-switch', 'resume', ...args], { killSwitch });

    expect(calls[0]).toEqual(['resume', { scopes: [], runs: ['k1', 'k2'], reason: 'mended' }]);
    expect(stderr).toContain('told to go on: k1');
    expect(stderr).toContain('k2; resume again');
    expect(code).toBe(75);
  });

  it.each([
    [['stop', '--scope', 'all']],
    [['stop', '--reason', 'x']],
    [['stop', '--scope', 'all', '--reason', ' ']],
    [['resume', '--reason', 'x']],
    [['resume', '--scope', 'all']],
  ])('refuses %j', async (args) => {
    const { calls, killSwitch } = fakeSwitch();

    expect((await runWith(['kill-switch', ...args], { killSwitch })).code).toBe(2);
    expect(calls.map(([name]) => name)).not.toContain('stop');
    expect(calls.map(([name]) => name)).not.toContain('resume');
  });
});
