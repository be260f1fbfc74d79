import { describe, expect, it } from '@jest/globals';

import { drawItem } from '../../../../../../clients/cli/live/drawing/draw-item.ts';
import {
  type LiveLayout,
  type LiveView,
  startView,
} from '../../../../../../clients/cli/live/live-view.ts';
import { createStyles } from '../../../../../../clients/cli/output/styles.ts';
import type { WatchedItem } from '../../../../../../clients/runs-client.ts';
import { event } from '../../run/fake-client.ts';

const plain: LiveLayout = {
  styles: createStyles(false),
  width: 60,
  runKey: 'k1',
  isStreaming: false,
  diffOf: () => undefined,
};
const turnOf = (turn: number) => `run/default/k1/main/t${turn}`;

function drawAll(
  items: readonly WatchedItem[],
  layout: Partial<LiveLayout> = {},
): { readonly text: string; readonly view: LiveView } {
  let view: LiveView = startView;
  let text = '';
  for (const item of items) {
    const drawn = drawItem(view, item, { ...plain, ...layout });
    view = drawn.view;
    for (const chunk of drawn.chunks) {
      const isBroken = chunk.type === 'line' && text !== '' && !text.endsWith('\n');
      text += `${isBroken ? '\n' : ''}${chunk.text}${chunk.type === 'line' ? '\n' : ''}`;
    }
  }
  return { text, view };
}

const modelCall = (
  turn: number,
  more: { text?: string; cost?: number | null; rehearsal?: boolean } = {},
) =>
  event('model.call', {
    turn: turnOf(turn),
    model: 'gpt',
    tokensIn: 1_000,
    tokensOut: 20,
    costMicroUsd: more.cost === undefined ? 1_500 : more.cost,
    ...(more.text === undefined ? {} : { text: more.text }),
    ...(more.rehearsal === true ? { rehearsal: true } : {}),
  });
const delta = (turn: number, text: string, attempt = 1): WatchedItem => ({
  type: 'delta',
  turn: turnOf(turn),
  attempt,
  text,
});

describe('drawItem', () => {
  it('goes on behind an event that it cannot read', () => {
    const { text } = drawAll(
      [
        delta(1, 'Let me'),
        {
          type: 'refused',
          id: 'run/default/k1#2',
          runId: 'run/default/k1',
          seq: 2,
          event: 'run.status',
          eventVersion: 2,
          error: { code: 'invalid_argument', message: 'event 2 is of version 2', suggestion: '' },
        },
        modelCall(1, { text: 'Let me look.' }),
      ],
      { isStreaming: true },
    );

    expect(text).toContain('  Let me\n  ! not read: event 2 is of version 2\n');
    expect(text).toContain('  Let me look.\n');
  });

  it('draws a run as plain lines', () => {
    const callId = `${turnOf(1)}/c0`;
    const call = { callId, tool: 'edit_file', preview: 'edit sum.js (+1 -1 lines)' };

    const { text } = drawAll([
      event('run.started', {
        title: 'mend the sum',
        requestedBy: 'ada',
        specialist: 'engineering',
        policy: 'safe',
        models: ['work'],
        limits: { maxTurns: 50, timeoutSeconds: 600, maxCostMicroUsd: null },
      }),
      modelCall(1, { text: 'I mend it.', rehearsal: true }),
      event('tool.requested', call, '2026-01-01T00:00:01.000Z'),
      event('tool.started', call, '2026-01-01T00:00:02.000Z'),
      event('tool.result', { ...call, status: 'ok' }, '2026-01-01T00:00:03.250Z'),
      modelCall(2, { rehearsal: true }),
    ]);

    expect(text).toBe(
      [
        'mend the sum',
        'run k1 · engineering · policy safe · model work · at most 50',
        'turns, 10m',
        '',
        'turn 1',
        '  I mend it.',
        '  no real model: scripted or recorded replies answer',
        '  ✓ edit sum.js (+1 -1 lines)  1.3s',
        '',
        'turn 2  1,000 tokens in, 20 out, $0.0015 so far',
        '',
      ].join('\n'),
    );
  });

  it('shows the first changed lines of an edit', () => {
    const callId = `${turnOf(1)}/c0`;
    const added = Array.from({ length: 13 }, (_, index) => `+line ${index}`);
    const diff = ['--- a/a', '+++ b/a', '@@ -1,2 +1,14 @@', ' kept', '--- old', ...added].join(
      '\n',
    );

    const { text } = drawAll(
      [event('tool.result', { callId, tool: 'write_file', preview: 'write a', status: 'ok' })],
      { diffOf: () => diff },
    );

    expect(text.split('\n').slice(0, 3)).toEqual(['  ✓ write a', '      --- old', '      +line 0']);
    expect(text).toContain('      … 2 more lines\n');
  });

  it.each([
    [
      event('tool.error', {
        callId: 'c',
        tool: 'read_file',
        preview: 'read x',
        status: 'error',
        code: 'not_found',
        message: 'x does not exist',
      }),
      '  ✗ read x  not_found: x does not exist\n',
    ],
    [
      event('tool.result', {
        callId: 'c',
        tool: 'run_tests',
        preview: 'test: npm test',
        status: 'ok',
        testsGreen: false,
      }),
      '  ✓ test: npm test  tests red\n',
    ],
    [
      event('tool.denied', {
        callId: 'c',
        tool: 'shell',
        preview: '$ curl x',
        verdict: 'deny',
        rule: 'safe/no-network',
        why: ['run: curl x: deny by safe/no-network'],
      }),
      '  ✗ $ curl x  denied by safe/no-network\n      run: curl x: deny by safe/no-network\n',
    ],
    [
      event('approval.opened', {
        approvalId: 'a',
        kind: 'tool_call',
        subject: '$ npm i',
        digest: 'd',
        risk: 'change',
        rule: 'r',
      }),
      '  ? waits for approval: $ npm i\n',
    ],
    [
      event('approval.decided', {
        approvalId: 'a',
        decision: 'reject',
        state: 'rejected',
        by: 'ada',
        via: 'cli',
        reason: 'no',
      }),
      '  ✗ rejected by ada: no\n',
    ],
    [
      event('run.paused', { reason: 'model_unavailable', message: 'gpt is down' }),
      '  ! paused (model_unavailable: gpt is down)\n',
    ],
    [
      event('budget.exceeded', { budget: 'run', microUsd: 20_000 }),
      '  ! the next model call needs $0.0200 more than the run\n    may spend\n',
    ],
    [
      event('tool.error', {
        callId: 'c',
        tool: 'finish',
        preview: 'finish (validation_error)',
        status: 'error',
        code: 'validation_error',
        message: 'testsVerified: expected boolean',
      }),
      '  ✗ finish (validation_error)  testsVerified: expected\n    boolean\n',
    ],
    [event('something.newer', { text: 'x' }), ''],
    [event('effect.intent', { callId: 'c', tool: 'shell', effectSeq: 1 }), ''],
  ])('draws %j', (item, expected) => {
    expect(drawAll([item]).text).toBe(expected);
  });

  it('says what lock a run waits for, in which place, until it has it', () => {
    const lock = { name: 'host:h1', callId: `${turnOf(1)}/c0` };
    const waiting = (place: number) =>
      event('lock.waiting', { ...lock, mode: 'exclusive', place, heldBy: ['k9'] });
    const granted = event('lock.granted', { ...lock, mode: 'exclusive', fence: 3, waitedMs: 9 });

    const waits = drawAll([waiting(2)]);
    const { text } = drawAll([
      granted,
      waiting(2),
      waiting(1),
      granted,
      event('lock.released', { ...lock, fence: 3, reason: 'released' }),
      event('lock.released', { ...lock, fence: 4, reason: 'expired' }),
      event('lock.broken', { ...lock, fence: 5, by: 'ada', reason: 'it hangs' }),
    ]);

    expect(waits.view.doing).toBe('waits for host:h1, 2nd in the queue, held by run k9');
    expect(text.split('\n').map((line) => line.trim())).toEqual([
      '… waits for host:h1, 2nd in the queue, held by run k9',
      '… waits for host:h1, 1st in the queue, held by run k9',
      '✓ has host:h1',
      '! lost host:h1: its lease ran out',
      '! lost host:h1: ada broke the lock (it hangs)',
      '',
    ]);
  });

  it('lets nothing that a model or file says move the cursor', () => {
    const { text } = drawAll([
      modelCall(1, { text: 'a\u001B[2Jb\rc' }),
      event('tool.result', {
        callId: 'c',
        tool: 'shell',
        preview: '$ x\u001B]0;t\u0007\nrm',
        status: 'ok',
      }),
    ]);

    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  });

  describe('costs', () => {
    it.each([
      [[1_500, 1_500], '$0.0030'],
      [[1_500, null], 'at least $0.0015'],
      [[null, null], 'cost unknown'],
      [[0, 0], '$0.00'],
      [[2_000_000, 500_000], '$2.50'],
    ])('sums %j as %s', (costs, expected) => {
      const { text } = drawAll([
        ...costs.map((cost, index) => modelCall(index + 1, { cost })),
        modelCall(costs.length + 1),
      ]);

      expect(text).toContain(
        `turn ${costs.length + 1}  2,000 tokens in, 40 out, ${expected} so far`,
      );
    });
  });

  describe('words as they come', () => {
    const streaming = { isStreaming: true };

    it('prints the answer once, whether its words came or not', () => {
      const answer = 'I look at it first.';
      const whole = drawAll([modelCall(1, { text: answer })], streaming).text;
      const half = drawAll([delta(1, 'I look '), modelCall(1, { text: answer })], streaming).text;
      const all = drawAll(
        [delta(1, 'I look at it '), delta(1, 'first.'), modelCall(1, { text: answer })],
        streaming,
      ).text;

      expect(whole).toBe('\nturn 1\n  I look at it first.\n');
      expect(half).toBe(whole);
      expect(all).toBe(whole);
    });

    it('breaks lines between words, also when a word comes in two pieces', () => {
      const { text } = drawAll(
        [
          delta(1, 'one two thr'),
          delta(1, 'ee four'),
          modelCall(1, { text: 'one two three four' }),
        ],
        { ...streaming, width: 12 },
      );

      expect(text).toBe('\nturn 1\n  one two\n  three four\n');
    });

    it('says when words were lost, and when an attempt begins anew', () => {
      const lost = drawAll(
        [delta(1, 'I '), delta(1, 'it'), modelCall(1, { text: 'I look at it' })],
        streaming,
      );
      const anew = drawAll([delta(1, 'I loo'), delta(1, 'You ', 2)], streaming);

      expect(lost.text).toContain('(some words were lost; the whole answer:)\n  I look at it\n');
      expect(anew.text).toContain('  I loo\n  (begins anew)\n  You');
    });

    it('ignores words of a turn that was answered, and all of them in a pipe', () => {
      const late = drawAll([modelCall(1, { text: 'done' }), delta(1, 'done')], streaming);

      expect(late.text).toBe('\nturn 1\n  done\n');
      expect(drawAll([delta(1, 'words')]).text).toBe('');
    });
  });
});
