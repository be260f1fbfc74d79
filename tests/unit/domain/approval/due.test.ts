import { describe, expect, it } from '@jest/globals';

import { newAgentState } from '../../../../domain/agent/agent-state.ts';
import type { Approval } from '../../../../domain/approval/approval.ts';
import { afterEscalation, timeoutMove } from '../../../../domain/approval/timeouts.ts';
import { nextDue } from '../../../../domain/approval/due.ts';
import type { ApprovalTerms } from '../../../../domain/approval/terms.ts';

const terms: ApprovalTerms = {
  requirements: [{ quorum: 1, roles: ['sre'], people: [] }],
  separationOfDuties: false,
  rejectQuorum: 1,
  expiresAfterSeconds: 100,
  onTimeout: 'reject',
  escalation: [
    { afterSeconds: 20, to: 'lead' },
    { afterSeconds: 80, to: 'person:boss' },
  ],
  reminder: true,
};

const approval = (fields: Partial<Approval> = {}): Approval => ({
  approvalId: 'a',
  kind: 'tool_call',
  subject: 's',
  digest: 'd',
  risk: 'change',
  rule: 'r',
  requestedAtMs: 1_000,
  expiresAtMs: 101_000,
  state: 'open',
  ...fields,
});

describe('nextDue', () => {
  it('goes through escalation, the reminder at half of the time, escalation and expiry', () => {
    const first = approval({ terms });
    const second = approval({ terms, escalatedTo: ['lead'] });
    const third = approval({ terms, escalatedTo: ['lead'], isReminded: true });
    const last = approval({ terms, escalatedTo: ['lead', 'person:boss'], isReminded: true });

    expect(nextDue(first)).toEqual({ type: 'escalate', atMs: 21_000, to: 'lead' });
    expect(nextDue(second)).toEqual({ type: 'remind', atMs: 51_000 });
    expect(nextDue(third)).toEqual({ type: 'escalate', atMs: 81_000, to: 'person:boss' });
    expect(nextDue(last)).toEqual({ type: 'expire', atMs: 101_000 });
  });

  it('is the expiry alone without terms, and nothing for what never expires', () => {
    expect(nextDue(approval())).toEqual({ type: 'expire', atMs: 101_000 });
    expect(nextDue(approval({ kind: 'budget' }))).toBeUndefined();
    const kept = { ...terms, onTimeout: 'keep' as const, escalation: [], reminder: false };
    expect(nextDue(approval({ terms: kept }))).toBeUndefined();
  });
});

describe('timeoutMove', () => {
  it.each([
    ['reject', 'read', 'reject'],
    ['approve', 'read', 'approve'],
    ['approve', 'change', 'reject'],
    ['approve', 'destructive', 'reject'],
    ['escalate', 'change', 'escalate'],
  ] as const)('with %s on %s is %s', (onTimeout, risk, expected) => {
    const move = timeoutMove(approval({ terms: { ...terms, onTimeout }, risk }));

    expect(move.type).toBe(expected);
  });

  it('rejects when nobody is left to escalate to', () => {
    const asked = { ...terms, onTimeout: 'escalate' as const };
    const escalatedTo = ['lead', 'person:boss'];

    expect(timeoutMove(approval({ terms: asked, escalatedTo }))).toEqual({ type: 'reject' });
  });
});

describe('afterEscalation', () => {
  it('gives the whole time once more at the expiry, and none before it', () => {
    const one = approval({ terms: { ...terms, onTimeout: 'escalate' } });
    const ref = { runId: 'r', tenant: 't', project: 'p', agentPath: 'main', specialist: 's' };
    const agent = { ...newAgentState(ref, 'h'), approvals: [one] };

    const early = afterEscalation(agent, one, { to: 'lead', nowMs: 50_000 });
    const late = afterEscalation(agent, one, { to: 'lead', nowMs: 101_000 });

    expect(early.approvals).toMatchObject([{ escalatedTo: ['lead'], expiresAtMs: 101_000 }]);
    expect(late.approvals).toMatchObject([{ escalatedTo: ['lead'], expiresAtMs: 201_000 }]);
  });
});
