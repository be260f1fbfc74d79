import { describe, expect, it } from '@jest/globals';

import type { ChatMessage } from '../../../../domain/models/chat.ts';
import { playOrder } from '../../../../domain/playbooks/play-order.ts';
import type { PlaybookOrder } from '../../../../domain/playbooks/playbook-order.ts';
import { failureText } from '../../../../domain/tools/result-text.ts';

const beginning: readonly ChatMessage[] = [
  { role: 'system', content: 'You look after hosts.' },
  { role: 'user', content: 'apply portal-deploy.yml' },
];

const order: PlaybookOrder = {
  tool: 'apply_playbook',
  arguments: { playbook: 'portal-deploy.yml', limit: 'h1' },
};

/** What a run has done so far: each call with its result. */
function after(
  ...calls: readonly { readonly tool: string; readonly result: string }[]
): readonly ChatMessage[] {
  const turns = calls.flatMap(({ tool, result }, index): readonly ChatMessage[] => [
    { role: 'assistant', toolCalls: [{ id: `order-${index}`, name: tool, arguments: '{}' }] },
    { role: 'tool', toolCallId: `order-${index}`, callId: `call-${index}`, content: result },
  ]);
  return [...beginning, ...turns];
}

const applied = { tool: 'apply_playbook', result: 'ok: 2 tasks changed on 1 host\nh1 …' };
const failed = {
  tool: 'apply_playbook',
  result: failureText('apply_playbook', 'playbook_failed', 'task 4 failed on h2\nmore'),
};
const rejected = {
  tool: 'apply_playbook',
  result: failureText('apply_playbook', 'approval_rejected', 'alice said no'),
};
const linted = { tool: 'lint_playbook', result: '1 suggestion' };

describe('playOrder', () => {
  it('begins with the ordered call, whatever the conversation says', () => {
    expect(playOrder(order, beginning)).toEqual({
      type: 'call',
      tool: 'apply_playbook',
      arguments: order.arguments,
    });
  });

  it('hands over the result of an apply that went well', () => {
    expect(playOrder(order, after(applied))).toEqual({
      type: 'call',
      tool: 'finish',
      arguments: { summary: applied.result },
    });
  });

  it('looks what could be better after a success only when that was asked for', () => {
    const asked = { ...order, lint: true };

    expect(playOrder(asked, after(applied))).toMatchObject({
      tool: 'lint_playbook',
      arguments: { playbook: 'portal-deploy.yml' },
    });
    expect(playOrder(asked, after(applied, linted))).toMatchObject({ tool: 'finish' });
  });

  it('ends where a person said no, and takes nothing back', () => {
    const withRollback = { ...order, rollback: true, lint: true };

    expect(playOrder(withRollback, after(rejected))).toEqual({
      type: 'end',
      end: { reason: 'policy', message: 'alice said no' },
    });
  });

  it('explains a failed playbook, then ends with why it failed', () => {
    expect(playOrder(order, after(failed))).toMatchObject({ tool: 'lint_playbook' });
    expect(playOrder(order, after(failed, linted))).toEqual({
      type: 'end',
      end: { reason: 'error', message: 'task 4 failed on h2' },
    });
  });

  it('has nothing to check where an order names an earlier call instead of a playbook', () => {
    const resumed: PlaybookOrder = { ...order, arguments: { resume: 'run/a/b/main/t1/c0' } };

    expect(playOrder(resumed, after(failed))).toMatchObject({ type: 'end' });
  });

  it('asks for the declared way back of a failed apply', () => {
    const withRollback = { ...order, rollback: true };

    expect(playOrder(withRollback, after(failed, linted))).toEqual({
      type: 'call',
      tool: 'apply_playbook',
      arguments: { rollsBack: 'call-0' },
    });
  });

  it.each([
    ['went well', applied.result, 'the apply failed: task 4 failed on h2; it was taken back'],
    [
      'was refused',
      rejected.result,
      'the apply failed: task 4 failed on h2; it was not taken back: alice said no',
    ],
    [
      'failed',
      failed.result,
      'compensation_failed: the apply failed: task 4 failed on h2; taking it back failed too: task 4 failed on h2',
    ],
  ])('ends as failed when the way back %s', (_, result, message) => {
    const withRollback = { ...order, rollback: true };
    const past = after(failed, linted, { tool: 'apply_playbook', result });

    expect(playOrder(withRollback, past)).toEqual({
      type: 'end',
      end: { reason: 'error', message },
    });
  });

  it('ends a preview with its result, and a preview that failed as failed', () => {
    const preview: PlaybookOrder = { ...order, tool: 'preview_playbook' };
    const bad = failureText('preview_playbook', 'not_found', 'there is no portal-deploy.yml');

    expect(
      playOrder(preview, after({ tool: 'preview_playbook', result: 'nothing to change' })),
    ).toMatchObject({ tool: 'finish', arguments: { summary: 'nothing to change' } });
    expect(playOrder(preview, after({ tool: 'preview_playbook', result: bad }))).toEqual({
      type: 'end',
      end: { reason: 'error', message: 'there is no portal-deploy.yml' },
    });
  });
});
