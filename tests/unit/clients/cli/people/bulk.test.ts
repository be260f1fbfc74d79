import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { HoldfastError } from '../../../../../domain/failures.ts';
import { runWith, scriptedPrompter } from '../run/command-line.ts';
import { approvalDetail, fakeClient, type FakeClient } from '../run/fake-client.ts';

const item = (key: string, more: Parameters<typeof approvalDetail>[0] = {}) =>
  approvalDetail({
    approvalId: `run/default/${key}/main/t1/c0/a1`,
    runKey: key,
    subject: `$ ${key}`,
    digest: `digest of ${key}`,
    ...more,
  });
const first = item('k1');
const second = item('k2', { risk: 'destructive' });
const third = item('k3', { requestedAt: new Date().toISOString() });
const question = item('k4', { kind: 'question', risk: 'read' });
const approvals = [first, second, third, question];

const home = () => mkdtempSync(join(tmpdir(), 'holdfast-inbox-test-'));
const decided = (client: FakeClient) =>
  client.calls.filter(([name]) => name === 'decide').map(([, input]) => input);
const idOf = ({ approvalId }: { readonly approvalId: string }) => approvalId;

describe('holdfast inbox with a filter', () => {
  it.each([
    [['--risk', 'destructive'], ['k2']],
    [['--kind', 'question'], ['k4']],
    [['--run', 'k3'], ['k3']],
    [
      ['--older-than', '1h', '--kind', 'tool_call'],
      ['k2', 'k1'],
    ],
    [['--run', 'nothing'], []],
  ])('%j lists %j', async (args, keys) => {
    const client = fakeClient({ approvals });

    const { stdout } = await runWith(['inbox', ...args, '--json'], { client, home: home() });

    const items = keys.map((runKey) => ({ runKey }));
    expect(JSON.parse(stdout)).toMatchObject({ items });
  });

  it.each([[['inbox', '--run', 'zzz']], [['approve', '--all', '--run', 'zzz', '--yes']]])(
    '%j says that there is no such run',
    async (args) => {
      const getRun = () =>
        Promise.reject(new HoldfastError('not_found', `there is no run "${String(args.at(-1))}"`));
      const client = fakeClient({ approvals, overrides: { getRun } });

      expect((await runWith(args, { client, home: home() })).code).toBe(3);
    },
  );

  it('refuses a time that is none', async () => {
    const { code } = await runWith(['inbox', '--older-than', 'long'], { client: fakeClient() });

    expect(code).toBe(2);
  });
});

describe('several decisions at once', () => {
  it('are listed and confirmed by one question, each bound to what was listed', async () => {
    const client = fakeClient({ approvals });
    const prompter = scriptedPrompter([true]);

    const { stdout } = await runWith(['approve', 'k1', 'k2'], {
      client,
      home: home(),
      isTerminal: true,
      prompter,
    });

    expect(prompter.asked).toEqual(['Approve all 2?']);
    expect(stdout).toMatch(/destructive +tool call +\$ k2/);
    expect(decided(client)).toEqual([
      { approval: idOf(first), decision: 'approve', digest: 'digest of k1' },
      { approval: idOf(second), decision: 'approve', digest: 'digest of k2' },
    ]);
  });

  it('are not made when the person says no', async () => {
    const client = fakeClient({ approvals });

    const { code } = await runWith(['approve', '--all'], {
      client,
      home: home(),
      isTerminal: true,
      prompter: scriptedPrompter([false]),
    });

    expect(code).toBe(1);
    expect(decided(client)).toEqual([]);
  });

  it('take all that a filter lets through and that can be decided so', async () => {
    const client = fakeClient({ approvals });
    const args = ['reject', '--all', '--older-than', '1h', 'not on a Friday', '--yes', '--json'];

    const { stdout } = await runWith(args, { client, home: home() });

    expect(decided(client)).toMatchObject([
      { approval: idOf(second), decision: 'reject', reason: 'not on a Friday' },
      { approval: idOf(first) },
      { approval: idOf(question) },
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      decided: [{ state: 'rejected' }, {}, {}],
      failed: [],
    });
  });

  it('go on after one that does not count, and end with 1', async () => {
    const base = fakeClient({ approvals });
    const client = fakeClient({
      approvals,
      overrides: {
        decide: async (input) => {
          if (input.approval !== idOf(first)) return base.decide(input);
          throw new HoldfastError('conflict', 'the approval was approved already by ann at 2026');
        },
      },
    });

    const { code, stdout } = await runWith(['approve', 'k1', 'k3'], { client, home: home() });

    expect(code).toBe(1);
    expect(stdout).toContain('not counted $ k1: the approval was approved already by ann');
    expect(stdout).toContain('approved $ k3');
  });

  it.each([
    [['approve', '--all'], 'add --yes'],
    [['approve', '--all', 'k1'], '--all means everything'],
    [['approve', '--risk', 'read'], 'narrows --all only'],
    [['approve', 'k1', 'k2', '--remember', '*'], 'several things are approved as they are'],
    [['approve', 'k1', 'k4'], 'is a question'],
    [['reject', '--all', '--yes'], 'the words are missing'],
  ])('refuses %j', async (args, message) => {
    const client = fakeClient({ approvals });

    const { code, stderr } = await runWith(args, { client, home: home() });

    expect({ code, isSaid: stderr.includes(message) }).toEqual({ code: 2, isSaid: true });
    expect(decided(client)).toEqual([]);
  });
});
