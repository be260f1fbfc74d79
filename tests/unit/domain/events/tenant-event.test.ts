import { describe, expect, it } from '@jest/globals';

import { auditKinds } from '../../../../domain/audit/audit-record.ts';
import { auditOfTenantEvent, type TenantEvent } from '../../../../domain/events/tenant-event.ts';

const events: readonly TenantEvent[] = [
  { type: 'kill-switch.stopped', data: { scope: 'tool:shell', reason: 'my password is hunter2' } },
  { type: 'budget.set', data: { budget: 'shop', microUsd: 5, tokens: null, calls: null } },
  { type: 'permission.refused', data: { act: 'cancel', takes: 'the role operator' } },
];

describe('auditOfTenantEvent', () => {
  it('keeps names and what it came to, and no reason that somebody typed', () => {
    const drafts = events.map((event) => auditOfTenantEvent(event, { actor: 'ada', digest: 'd' }));

    expect(drafts).toEqual([
      {
        kind: 'kill-switch.stopped',
        actor: 'ada',
        subject: 'kill-switch tool:shell',
        digest: 'd',
        decision: 'stopped',
      },
      { kind: 'budget.set', actor: 'ada', subject: 'budget shop', digest: 'd', decision: 'set' },
      {
        kind: 'permission.refused',
        actor: 'ada',
        subject: 'cancel',
        digest: 'd',
        decision: 'refused',
      },
    ]);
    for (const { kind } of drafts) expect(auditKinds).toContain(kind);
  });
});
