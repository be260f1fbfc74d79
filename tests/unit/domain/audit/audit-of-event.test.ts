import { describe, expect, it } from '@jest/globals';

import { auditOfEvent } from '../../../../domain/audit/audit-of-event.ts';

const call = 'run/default/k/main/t1/c0';

describe('auditOfEvent', () => {
  it('keeps who decided, by which door, how and on what digest', () => {
    const data = {
      approvalId: `${call}/a1`,
      decisionId: 'd1',
      decision: 'approve',
      state: 'approved',
      by: 'maria',
      via: 'cli',
      digest: 'abc',
      reason: 'the password is hunter2',
    };

    expect(auditOfEvent({ type: 'approval.decided', data })).toEqual({
      kind: 'approval.decided',
      actor: 'maria via cli',
      subject: `approval ${call}/a1`,
      digest: 'abc',
      decision: 'approved',
    });
  });

  it.each([
    ['allow', 'policy.verdict'],
    ['ask', 'policy.verdict'],
    ['deny', 'policy.denied'],
  ])('keeps the verdict %s with the digest of the prepared call', (verdict, kind) => {
    const data = {
      callId: call,
      tool: 'shell',
      preview: 'rm -rf /',
      verdict,
      rule: 'r',
      digest: 'd',
    };
    const type = verdict === 'deny' ? 'tool.denied' : 'tool.requested';

    expect(auditOfEvent({ type, data })).toEqual({
      kind,
      actor: 'policy',
      subject: `shell ${call}`,
      digest: 'd',
      decision: verdict,
    });
  });

  it('takes no words of models, people and commands', () => {
    const secret = 'sk-secret-words';
    const data = {
      preview: secret,
      title: secret,
      message: secret,
      reason: secret,
      why: [secret],
      text: secret,
    };
    const types = [
      'run.started',
      'tool.requested',
      'effect.intent',
      'effect.unknown',
      'effect.settled',
    ] as const;

    const drafts = types.map((type) =>
      auditOfEvent({ type, data: { ...data, callId: call, tool: 'shell' } }),
    );

    expect(JSON.stringify(drafts)).not.toContain(secret);
    expect(drafts).toHaveLength(5);
  });

  it('names each secret that a call was given', () => {
    const data = { secret: 'secret://npm', tool: 'shell', callId: call, digest: 'd' };

    expect(auditOfEvent({ type: 'secret.used', data })).toEqual({
      kind: 'secret.used',
      actor: 'agent',
      subject: `secret://npm ${call}`,
      digest: 'd',
    });
  });

  it('leaves to the event log what nobody has to answer for', () => {
    expect(auditOfEvent({ type: 'model.call', data: { model: 'm' } })).toBeUndefined();
    expect(auditOfEvent({ type: 'tool.result', data: { callId: call } })).toBeUndefined();
  });

  it('makes names from outside fit for a database and a log', () => {
    const data = {
      requestedBy: `ma\u0000ria\n\uD800${'x'.repeat(1_000)}`,
      specialist: 's',
      policy: 'p',
    };

    const { actor = '' } = auditOfEvent({ type: 'run.started', data }) ?? {};

    expect(actor).toMatch(/^ma\?ria\?\?x+$/);
    expect(actor.length).toBeLessThanOrEqual(300);
  });
});
