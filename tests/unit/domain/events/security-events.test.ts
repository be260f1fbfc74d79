import { describe, expect, it } from '@jest/globals';

import { withSecurityEvents } from '../../../../domain/events/security-events.ts';

const callId = 'run/default/k/main/t1/c0';

describe('withSecurityEvents', () => {
  it.each([
    ['read_file', 'access_denied', 'path_escape'],
    ['http_fetch', 'access_denied', 'host_denied'],
    ['shell', 'sandbox_denied', 'sandbox_denied'],
    ['shell', 'policy_denied', 'policy_denied'],
  ])('puts one behind the error of %s with code %s', (tool, code, kind) => {
    const error = {
      type: 'tool.error' as const,
      data: { callId, tool, code, status: 'error', message: '/etc/shadow is outside' },
    };

    const events = withSecurityEvents([error]);

    expect(events).toHaveLength(2);
    expect(events[0]).toBe(error);
    expect(events[1]).toMatchObject({
      type: 'security.event',
      data: { kind, tool, callId, reason: code },
    });
    expect(JSON.stringify(events[1])).not.toContain('shadow');
  });

  it('puts one behind a denied call, with the rule for a reason', () => {
    const denied = { type: 'tool.denied' as const, data: { callId, tool: 'shell', rule: 'no-rm' } };

    expect(withSecurityEvents([denied])[1]).toMatchObject({
      data: { kind: 'policy_denied', actor: 'agent', reason: 'no-rm' },
    });
  });

  it('puts one behind a failure whose words held a secret', () => {
    const failed = {
      type: 'model.failed' as const,
      data: { turn: 't', model: 'm', code: 'unauthenticated', message: 'wrong key <<REDACTED>>' },
    };

    expect(withSecurityEvents([failed])).toMatchObject([
      failed,
      { type: 'security.event', data: { kind: 'redaction', tool: 'm', reason: 'model.failed' } },
    ]);
  });

  it('leaves ordinary failures alone', () => {
    const events = [
      { type: 'tool.error' as const, data: { callId, tool: 'shell', code: 'execution_error' } },
      { type: 'tool.result' as const, data: { callId, tool: 'shell', code: 'access_denied' } },
    ];

    expect(withSecurityEvents(events)).toEqual(events);
  });
});
