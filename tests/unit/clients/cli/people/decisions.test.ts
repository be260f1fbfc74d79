import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { runWith, scriptedPrompter } from '../run/command-line.ts';
import { approvalDetail, fakeClient, type FakeClient } from '../run/fake-client.ts';

const change = approvalDetail();
const destructive = approvalDetail({
  approvalId: 'run/default/k2/main/t1/c0/a1',
  runKey: 'k2',
  risk: 'destructive',
  subject: '$ rm -rf dist',
  requestedAt: '2026-01-01T05:00:00.000Z',
});
const question = approvalDetail({
  approvalId: 'run/default/k3/main/t4/c0/a1',
  runKey: 'k3',
  kind: 'question',
  risk: 'wait',
  subject: 'which port?',
  question: 'which port?',
  choices: ['80', '443'],
});
const budget = approvalDetail({
  approvalId: 'run/default/k4/main/t4/a1',
  kind: 'budget',
  rule: 'run',
  callId: null,
  subject: 'needs $1',
});
const unpriced = approvalDetail({ ...budget, rule: 'price_unknown', subject: 'has no price' });
const unknown = approvalDetail({
  approvalId: 'run/default/k5/main/t4/c2/a1',
  callId: 'run/default/k5/main/t4/c2',
  kind: 'effect_unknown',
});

const decided = (client: FakeClient) =>
  client.calls.filter(([name]) => name === 'decide').map(([, input]) => input);
const on = (answer: boolean) => ({ isTerminal: true, prompter: scriptedPrompter([answer]) });
const home = () => mkdtempSync(join(tmpdir(), 'holdfast-inbox-test-'));

describe('holdfast inbox', () => {
  it('lists the riskiest first, then what waits longest', async () => {
    const client = fakeClient({ approvals: [question, change, destructive] });

    const { stdout } = await runWith(['inbox', '--json'], { client, home: home() });

    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      items: [
        { number: 1, runKey: 'k2' },
        { number: 2, runKey: 'k1' },
        { number: 3, runKey: 'k3' },
      ],
    });
  });

  it('lets one be picked and decided on a terminal', async () => {
    const client = fakeClient({ approvals: [question] });
    const prompter = scriptedPrompter(['0', '1']);

    const { stdout } = await runWith(['inbox'], {
      client,
      home: home(),
      isTerminal: true,
      prompter,
    });

    expect(stdout).toContain('a question: shell  [wait]\n  which port?\n');
    expect(decided(client)).toEqual([
      { approval: question.approvalId, digest: 'digest-1', decision: 'approve', answer: '443' },
    ]);
  });

  it('ends with 130, and quietly, when the list is left', async () => {
    const world = { isTerminal: true, prompter: scriptedPrompter([]) };
    const client = fakeClient({ approvals: [question] });

    const { code, stderr } = await runWith(['inbox'], { client, home: home(), ...world });

    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
  });

  it('says when nothing waits', async () => {
    const { code, stdout } = await runWith(['inbox'], { client: fakeClient(), home: home() });

    expect({ code, stdout }).toEqual({ code: 0, stdout: 'nothing waits for a person\n' });
  });
});

describe('what was decided before', () => {
  const before = approvalDetail({
    state: 'approved',
    decisions: [{ by: 'ada', decision: 'approve', at: '2026-01-01T06:00:00.000Z' }],
  });

  it('is a conflict that says who decided and when', async () => {
    const overrides = { inbox: async () => [], getApproval: async () => before };
    const client = fakeClient({ overrides });

    const { code, stdout } = await runWith(['approve', before.approvalId, '--json'], { client });

    expect(code).toBe(1);
    expect(stdout).toContain('was approved already by ada at 2026-01-01T06:00:00.000Z');
    expect(decided(client)).toEqual([]);
  });
});

describe('a decision without a terminal', () => {
  it('leaves the card in the log and the call in the answer', async () => {
    const client = fakeClient({ approvals: [change] });

    const { stdout, stderr } = await runWith(['approve', '--json'], { client });

    expect(stderr).toContain('approval needed: shell');
    expect(JSON.parse(stdout)).toMatchObject({ call: { tool: 'shell', digest: 'digest-1' } });
  });
});

describe('numbers', () => {
  it('stand for what the inbox last showed, whatever came meanwhile', async () => {
    const folder = home();
    await runWith(['inbox', '--json'], {
      client: fakeClient({ approvals: [change] }),
      home: folder,
    });
    const client = fakeClient({ approvals: [change, destructive] });

    await runWith(['approve', '1'], { client, home: folder });

    expect(decided(client)).toMatchObject([{ approval: change.approvalId }]);
  });

  it('are refused when what they stood for is gone', async () => {
    const folder = home();
    await runWith(['inbox', '--json'], {
      client: fakeClient({ approvals: [change] }),
      home: folder,
    });
    const client = fakeClient({ approvals: [destructive] });

    const { code } = await runWith(['approve', '1', '--json'], { client, home: folder });

    expect(code).toBe(1);
    expect(decided(client)).toEqual([]);
  });
});

describe('holdfast approve, reject and answer', () => {
  it.each([
    [['approve', 'k1/main/t2/c1/a1'], change, { decision: 'approve' }],
    [['approve', 't2/c1/a1'], change, { decision: 'approve' }],
    [['approve'], change, { decision: 'approve' }],
    [
      ['approve', '--with', '{"command":"npm ci"}'],
      change,
      { decision: 'approve', arguments: { command: 'npm ci' } },
    ],
    [['approve', '--remember', 'npm *'], change, { decision: 'approve', remember: 'npm *' }],
    [['approve', '--raise', '1.50'], budget, { decision: 'approve', raiseMicroUsd: 1_500_000 }],
    [['approve'], unpriced, { decision: 'approve' }],
    [['reject', 'k1', 'not today'], change, { decision: 'reject', reason: 'not today' }],
    [['reject', 'not today'], change, { decision: 'reject', reason: 'not today' }],
    [['answer', 'k3', '443'], question, { decision: 'approve', answer: '443' }],
    [['answer', 'the second'], question, { decision: 'approve', answer: 'the second' }],
  ])('sends %j, bound to what was shown', async (args, approval, expected) => {
    const client = fakeClient({ approvals: [approval] });

    const { code, stdout } = await runWith([...args, '--json'], { client });

    expect(code).toBe(0);
    expect(decided(client)).toEqual([
      { approval: approval.approvalId, digest: 'digest-1', ...expected },
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, decidedBy: 'ada' });
  });

  it.each([
    [['approve', 'zzz'], [change], 3, 'nothing that waits is named "zzz"'],
    [['approve'], [], 3, 'nothing of this kind waits'],
    [['approve'], [change, destructive], 2, '2 things wait: say which'],
    [['approve', 'a1'], [change, destructive], 2, '"a1" fits 2 things that wait'],
    [['approve', 'k3'], [question], 2, 'holdfast answer k3/main/t4/c0/a1'],
    [['answer', 'k1', 'x'], [change], 2, 'holdfast approve k1/main/t2/c1/a1'],
    [['approve', 'k4'], [budget], 2, '--raise'],
    [['approve', 'k5'], [unknown], 2, 'holdfast effects settle k5/main/t4/c2 --happened'],
    [['reject', 'k1'], [change], 2, 'the words are missing'],
    [['approve', 'k1', '--with', 'x'], [change], 2, 'JSON object'],
  ])('refuses %j', async (args, approvals, expected, message) => {
    const client = fakeClient({ approvals });

    const { code, stderr } = await runWith(args, { client });

    expect(code).toBe(expected);
    expect(stderr).toContain(message);
    expect(decided(client)).toEqual([]);
  });

  it('shows the card and asks on a terminal', async () => {
    const [yes, no] = [fakeClient({ approvals: [change] }), fakeClient({ approvals: [change] })];

    const approved = await runWith(['approve'], { client: yes, ...on(true) });
    const left = await runWith(['approve'], { client: no, ...on(false) });

    expect(approved.stdout).toContain('approval needed: shell  [change]');
    expect(approved.stdout).toContain('run: npm install: ask by mode/default');
    expect(decided(yes)).toHaveLength(1);
    expect(left.code).toBe(1);
    expect(decided(no)).toEqual([]);
  });
});

describe('holdfast inbox revoke', () => {
  it('takes a grant back', async () => {
    const client = fakeClient();

    const { stdout } = await runWith(['inbox', 'revoke', 'k1', 'g1'], { client });

    expect(client.calls[0]).toEqual(['revokeGrant', 'k1', 'g1']);
    expect(stdout).toBe('g1 was taken back; no grant is left\n');
  });
});
