import { describe, expect, it } from '@jest/globals';

import { newAgentState, type AgentState } from '../../../../domain/agent/agent-state.ts';
import { nextMove } from '../../../../domain/agent/next-move.ts';
import { withMessage } from '../../../../domain/agent/reducer.ts';
import type { Approval } from '../../../../domain/approval/approval.ts';
import { withWithdrawn } from '../../../../domain/approval/change-approval.ts';
import { afterDecision } from '../../../../domain/approval/deciding.ts';
import { decisionRefusal } from '../../../../domain/approval/decision-refusal.ts';
import { subjectOfCall, withApproval } from '../../../../domain/approval/opening.ts';
import { afterExpiry } from '../../../../domain/approval/timeouts.ts';
import type { PreparedCall } from '../../../../domain/tools/prepared-call.ts';

const ref = {
  runId: 'run/t/r',
  tenant: 't',
  project: 'p',
  agentPath: 'main',
  specialist: 'engineering',
};
const call: PreparedCall = {
  callId: 'run/t/r/main/t1/c0',
  tool: 'shell',
  access: 'change',
  queue: 'q',
  digest: 'd1',
  verdict: { type: 'ask', rule: 'r', scope: 'run', policy: 'p' },
  preview: '$ x',
};
const context = {
  limits: {
    maxTurns: 5,
    timeoutSeconds: 60,
    maxCostMicroUsd: null,
    stallDetection: true,
    stallThreshold: 5,
  },
  gates: [],
  deadlineMs: 60_000,
  nowMs: 0,
};

function asked(more: Partial<PreparedCall> = {}): {
  readonly agent: AgentState;
  readonly approval: Approval;
} {
  const calls = [{ ...call, ...more }];
  const agent = { ...newAgentState(ref, 'h'), turn: 1, calls };
  return withApproval(agent, subjectOfCall({ ...call, ...more }), 1_000);
}

const input = (approvalId: string) => ({ approvalId, decision: 'approve' as const });

function budget(needsMicroUsd?: number) {
  return withApproval(
    newAgentState(ref, 'h'),
    {
      kind: 'budget',
      position: 't',
      subject: 's',
      digest: 'd',
      risk: 'change',
      rule: 'run',
      ...(needsMicroUsd === undefined ? {} : { needsMicroUsd }),
    },
    0,
  );
}

describe('subjectOfCall', () => {
  it.each([
    ['read', 'tool_call', 'read'],
    ['change', 'tool_call', 'change'],
    ['destructive', 'tool_call', 'destructive'],
    ['wait', 'question', 'wait'],
  ] as const)('gives a call with access %s the kind %s and the risk %s', (access, kind, risk) => {
    expect(subjectOfCall({ ...call, access })).toMatchObject({ kind, risk });
  });
});

describe('afterExpiry', () => {
  it('rejects the call and tells the model that nobody decided', () => {
    const { agent, approval } = asked();

    const after = afterExpiry(agent, approval);

    expect(after.approvals).toMatchObject([{ state: 'expired' }]);
    expect(after.settled).toMatchObject([{ status: 'rejected', code: 'approval_expired' }]);
    expect(nextMove(after, context)).toEqual({ type: 'invoke-model' });
  });
});

describe('decisionRefusal', () => {
  it('names who decided and when, also when the turn of the approval is over', () => {
    const { agent, approval } = asked();
    const { approvalId } = approval;
    const at = '2026-11-21T10:00:00.000Z';
    const decided = [
      { approvalId, decisionId: 'd', state: 'approved' as const, decidedBy: 'ann', at },
    ];

    const refusal = decisionRefusal({ ...agent, approvals: [] }, decided, input(approvalId));

    expect(refusal).toMatchObject({ type: 'already-decided' });
    expect(refusal?.message).toContain(`approved already by ann at ${at}`);
  });

  it('knows an approval that nobody asked for from one that is decided', () => {
    expect(decisionRefusal(asked().agent, [], input('x'))).toMatchObject({ type: 'not-found' });
  });

  it('lets nothing destructive be remembered', () => {
    const { agent, approval } = asked({ access: 'destructive' });
    const decision = { ...input(approval.approvalId), remember: '*' };

    expect(decisionRefusal(agent, [], decision)).toMatchObject({ type: 'incomplete' });
  });

  it('takes no decision on what was withdrawn', () => {
    const { agent, approval } = asked();

    const refusal = decisionRefusal(withWithdrawn(agent), [], input(approval.approvalId));

    expect(refusal?.message).toContain('withdrawn');
  });
});

describe('afterDecision on a budget', () => {
  it.each([
    ['the given amount', 70, 30, 70],
    ['what was asked for', undefined, 30, 30],
    ['something, where the price is unknown', undefined, undefined, 1],
  ])('allows %s', (_, raiseMicroUsd, needs, expected) => {
    const { agent, approval } = budget(needs);
    const decision = {
      decisionId: 'd',
      approvalId: approval.approvalId,
      digest: 'd',
      decision: 'approve' as const,
      by: 'ann',
      via: 'cli',
      atMs: 0,
      raiseMicroUsd,
    };

    expect(afterDecision(agent, decision).raisedMicroUsd).toBe(expected);
  });

  it('ends the run when it is rejected', () => {
    const { agent, approval } = budget(30);
    const { approvalId } = approval;
    const after = afterDecision(agent, {
      decisionId: 'd',
      approvalId,
      digest: 'd',
      decision: 'reject',
      reason: 'no',
      by: 'ann',
      via: 'cli',
      atMs: 0,
    });

    expect(nextMove(after, context)).toEqual({ type: 'stop', reason: 'cost' });
  });
});

describe('nextMove with words of a person', () => {
  const finish: PreparedCall = {
    ...call,
    tool: 'finish',
    access: 'finish',
    verdict: { ...call.verdict, type: 'allow' },
  };

  it('holds a finish back until the model has heard them', () => {
    const agent = { ...newAgentState(ref, 'h'), turn: 1, calls: [finish] };
    const told = withMessage(agent, { messageId: 'm', text: 'wait', author: 'ann' })?.agent;

    expect(nextMove(agent, context)).toMatchObject({ type: 'stop', reason: 'finished' });
    expect(nextMove(told ?? agent, context)).toMatchObject({ type: 'refuse-finish' });
  });
});
