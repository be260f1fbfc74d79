import { describe, expect, it } from '@jest/globals';

import type { DeadLetterClient, LetterDetail } from '../../../../../clients/dead-letter-client.ts';
import { HoldfastError } from '../../../../../domain/failures.ts';
import { runWith } from '../run/command-line.ts';
import { fakeClient } from '../run/fake-client.ts';

const letter: LetterDetail = {
  letterId: '5f3c000000000001',
  kind: 'tool',
  toolName: 'http_fetch',
  args: { url: 'http://a.example/' },
  argsBlob: null,
  argsText: '{"url": "http://a.example/"}',
  error: { code: 'execution_error', message: 'a.example: refused' },
  timestamp: '2026-11-01T10:00:00.000Z',
  retryCount: 3,
  runId: 'run/default/k1',
  runKey: 'k1',
  stepId: 'run/default/k1/main/t1/c0',
  relatedCases: ['5f3c000000000002'],
  state: 'closed',
  replayRun: 'run/default/letter-5f3c000000000001-1',
  replays: 1,
};

function withLetters(overrides: Partial<DeadLetterClient> = {}) {
  const calls: unknown[][] = [];
  const deadLetters: DeadLetterClient = {
    list: async (query) => {
      calls.push(['list', query]);
      return { items: [letter], total: 7, limit: 1, offset: 2 };
    },
    show: async () => letter,
    replay: async (typed) => {
      calls.push(['replay', typed]);
      return { letterId: letter.letterId, type: 'started', runId: letter.runId, runKey: 'k9' };
    },
    purge: async (input) => {
      calls.push(['purge', input]);
      return 4;
    },
    ...overrides,
  };
  return { calls, client: fakeClient({ overrides: { deadLetters } }) };
}

describe('holdfast dead-letters', () => {
  it('lists letters in pages and says how many there are', async () => {
    const { calls, client } = withLetters();

    const { code, stdout } = await runWith(
      ['dead-letters', 'list', '--tool', 'http_fetch', '--limit', '1', '--offset', '2'],
      { client },
    );

    expect(code).toBe(0);
    expect(calls).toEqual([['list', { tool: 'http_fetch', limit: 1, offset: 2 }]]);
    for (const text of ['5f3c000000000001', 'closed', '3 to 3 of 7'])
      expect(stdout).toContain(text);
  });

  it('shows one letter with its arguments and the run that did it anew', async () => {
    const { client } = withLetters();

    const { stdout } = await runWith(['dead-letters', 'show', '5f3c'], { client });

    for (const text of [
      'execution_error: a.example: refused',
      'letter-5f3c000000000001-1',
      '5f3c000000000002',
      '"url": "http://a.example/"',
    ]) {
      expect(stdout).toContain(text);
    }
  });

  it('replays one letter and says which run is at it', async () => {
    const { calls, client } = withLetters();

    const { code, stdout } = await runWith(['dead-letters', 'replay', '5f3c'], { client });

    expect([code, calls]).toEqual([0, [['replay', '5f3c']]]);
    expect(stdout).toContain('holdfast runs watch k9');
  });

  it('replays the others of a tool when one cannot be, and exits with 1', async () => {
    const { calls, client } = withLetters({
      replay: async () => {
        throw new HoldfastError('conflict', 'its call is gone');
      },
    });

    const { code, stdout } = await runWith(
      ['dead-letters', 'replay', '--tool', 'http_fetch', '--json'],
      { client },
    );

    expect(code).toBe(1);
    expect(calls).toEqual([['list', { tool: 'http_fetch', state: 'open', limit: 1_000 }]]);
    expect(JSON.parse(stdout)).toMatchObject({
      replayed: [{ letterId: letter.letterId, error: 'its call is gone' }],
    });
  });

  it('purges by age, 30 days when nobody says', async () => {
    const { calls, client } = withLetters();

    await runWith(['dead-letters', 'purge', '--dry-run'], { client });
    const args = ['dead-letters', 'purge', '--older-than', '12h', '--yes'];
    const { stdout } = await runWith(args, { client });

    expect(calls).toEqual([
      ['purge', { olderThanSeconds: 30 * 86_400, isDryRun: true }],
      ['purge', { olderThanSeconds: 12 * 3_600, isDryRun: false }],
    ]);
    expect(stdout).toContain('4 letters deleted');
  });

  it.each([
    ['nothing to replay', ['replay']],
    ['a letter and a tool', ['replay', '5f3c', '--tool', 'shell']],
    ['an age that is none', ['purge', '--older-than', 'old', '--yes']],
    ['an age without a unit', ['purge', '--older-than', '5', '--yes']],
    ['a purge where nobody can be asked', ['purge']],
    ['a state that is none', ['list', '--state', 'sad']],
    ['an offset that is none', ['list', '--offset', '-1']],
  ])('refuses %s', async (_, args) => {
    const { calls, client } = withLetters();

    expect((await runWith(['dead-letters', ...args], { client })).code).toBe(2);
    expect(calls).toEqual([]);
  });
});
