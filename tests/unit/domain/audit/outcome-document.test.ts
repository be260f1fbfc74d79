import { describe, expect, it } from '@jest/globals';

import { outcomeOf, type LoggedEvent } from '../../../../domain/audit/outcome-document.ts';

const runId = 'run/default/k';
const callId = `${runId}/main/t1/c0`;
const at = '2026-11-21T10:00:00.000Z';
const same = (text: string): string => text;

function event(type: string, data: LoggedEvent['data']): LoggedEvent {
  return { type, at, data };
}

const started = event('run.started', {
  title: 'mend the\n  cart',
  requestedBy: 'maria',
  specialist: 'coder',
  policy: 'p',
  models: ['local'],
  requestDigest: 'r',
});
const intent = event('effect.intent', { callId, tool: 'shell', digest: 'd', effectSeq: 1 });
const decided = event('approval.decided', {
  approvalId: `${callId}/a1`,
  digest: 'd',
  state: 'approved',
  by: 'maria',
  via: 'cli',
});
const ended = event('run.completed', {
  status: 'completed',
  stopReason: 'finished',
  summary: 'words',
  files: [{ path: 'a.txt', status: 'modified' }],
});

describe('outcomeOf', () => {
  it('tells how a run ended: plan, dispatch, execution and approvals', () => {
    const committed = event('effect.committed', {
      callId,
      tool: 'shell',
      digest: 'd',
      effectSeq: 1,
    });
    const model = event('model.call', { tokensIn: 3, tokensOut: 2, costMicroUsd: 5 });

    const outcome = outcomeOf(runId, [started, model, decided, intent, committed, ended], same);

    expect(outcome?.path).toBe('.audit/runs/run/default/k/main.json');
    expect(outcome?.subject).toBe('audit: completed mend the cart (run/default/k)');
    expect(outcome?.document).toMatchObject({
      runId,
      stepId: 'main',
      status: 'completed',
      plan: { goal: 'mend the\n  cart', specialist: 'coder', policy: 'p' },
      dispatch: { requestedBy: 'maria', models: ['local'], requestDigest: 'r' },
      execution: {
        turns: 1,
        tokensIn: 3,
        costMicroUsd: 5,
        effects: [{ callId, tool: 'shell', digest: 'd', state: 'committed' }],
        files: [{ path: 'a.txt', status: 'modified' }],
      },
      approvals: [{ state: 'approved', by: 'maria', via: 'cli', digest: 'd' }],
      timestamp: at,
    });
  });

  it('tells an unknown effect, and then what a person says became of it', () => {
    const unknown = event('effect.unknown', {
      callId,
      tool: 'shell',
      digest: 'd',
      effectSeq: 1,
      why: 'x',
    });
    const settled = event('effect.settled', {
      callId,
      tool: 'shell',
      digest: 'd',
      settlement: 'happened',
    });

    const first = outcomeOf(runId, [started, intent, unknown], same);
    const second = outcomeOf(runId, [started, intent, unknown, settled], same);

    expect(first?.subject).toContain('audit: unknown ');
    expect(second?.subject).toContain('audit: committed ');
    expect(second?.path).toBe(first?.path);
  });

  it('tells nothing of a call that runs again: its outcome comes later', () => {
    const again = event('effect.settled', { callId, settlement: 'run-again' });

    expect(outcomeOf(runId, [started, intent, again], same)).toBeUndefined();
  });

  it('gives every step a file of its own', () => {
    const step = `${runId}/step/build/t2/c0`;
    const unknown = event('effect.unknown', { callId: step, tool: 'shell', effectSeq: 1 });

    expect(outcomeOf(runId, [started, unknown], same)?.path).toBe(
      '.audit/runs/run/default/k/build.json',
    );
  });

  it.each(['run/default/../../../etc', 'run/default/.git', 'run/default/a b', 'run//x'])(
    'leads the id %s nowhere else',
    (hostile) => {
      const path = outcomeOf(hostile, [started, ended], same)?.path ?? '';

      expect(path).toMatch(/^\.audit\/runs(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+\/main\.json$/);
      expect(path).not.toContain('..');
    },
  );

  it('cleans the texts that people wrote', () => {
    const outcome = outcomeOf(runId, [started, ended], () => 'clean');

    expect(JSON.stringify(outcome)).not.toContain('cart');
    expect(outcome?.subject).toBe('audit: completed clean (run/default/k)');
  });
});
