import { describe, expect, it } from '@jest/globals';

import type { InvokeModelResult } from '../../../../domain/agent/activities.ts';
import { maxHeard, maxWaitingMessages } from '../../../../domain/agent/agent-state.ts';
import {
  afterCalls,
  afterDrift,
  afterMissing,
  afterModel,
  afterSent,
  sending,
  withMessage,
  withNote,
} from '../../../../domain/agent/reducer.ts';
import { agentState, askedCall, outcome, preparedCall } from './builders.ts';

const answer = (
  overrides: Partial<Extract<InvokeModelResult, { type: 'answered' }>> = {},
): Extract<InvokeModelResult, { type: 'answered' }> => ({
  type: 'answered',
  tier: 0,
  head: 'next',
  calls: [],
  usage: { tokensIn: 10, tokensOut: 2, microUsd: 5 },
  ...overrides,
});

describe('afterModel', () => {
  it('begins the next turn with its calls and nothing of the turn before', () => {
    const before = agentState({ settled: [outcome(0)], asked: 2, quietAnswers: 1 });

    const after = afterModel(before, answer({ calls: [preparedCall(0)] }));

    expect(after).toMatchObject({ turn: 4, head: 'next', settled: [], asked: 0, quietAnswers: 0 });
    expect(after.spent).toEqual({ tokensIn: 10, tokensOut: 2, microUsd: 5 });
  });

  it('counts answers without calls', () => {
    expect(afterModel(agentState({ quietAnswers: 1 }), answer()).quietAnswers).toBe(2);
  });

  it('keeps an unknown cost unknown for ever', () => {
    const usage = { tokensIn: 1, tokensOut: 1, microUsd: null };

    const once = afterModel(agentState(), answer({ usage }));
    const twice = afterModel(once, answer());

    expect(twice.spent).toEqual({ tokensIn: 11, tokensOut: 3, microUsd: null });
  });

  it('settles invalid and denied calls at once, without an activity', () => {
    const invalid = preparedCall(0, { invalid: { code: 'not_found', message: 'no such tool' } });
    const denied = askedCall(1, {
      verdict: { type: 'deny', rule: 'p/secrets', scope: 'run', policy: 'policy' },
    });

    const { settled } = afterModel(agentState(), answer({ calls: [invalid, denied] }));

    expect(settled).toMatchObject([
      { status: 'error', code: 'not_found', text: 'no such tool' },
      { status: 'denied', code: 'policy_denied' },
    ]);
    expect(settled[1]?.text).toContain('p/secrets');
  });
});

describe('afterCalls', () => {
  it('keeps outcomes in the order of the model and takes each call once', () => {
    const once = afterCalls(agentState(), [outcome(2), outcome(0)]);

    const twice = afterCalls(once, [outcome(0, { status: 'error' }), outcome(1)]);

    expect(twice.settled.map(({ callId, status }) => [callId.slice(-2), status])).toEqual([
      ['c0', 'ok'],
      ['c1', 'ok'],
      ['c2', 'ok'],
    ]);
  });

  it('resets the stall counter on progress, and counts a batch without it once', () => {
    const quiet = agentState({ stall: { quiet: 3, last: [], replans: 0 } });

    expect(afterCalls(quiet, [outcome(0), outcome(1)]).stall.quiet).toBe(4);
    expect(afterCalls(quiet, [outcome(0, { progress: true })]).stall.quiet).toBe(0);
  });

  it.each([
    ['an edit', { access: 'change' as const }, {}, true],
    [
      'a failed command',
      { access: 'change' as const },
      { status: 'error' as const, code: 'execution_error' as const },
      true,
    ],
    [
      'an edit that was refused',
      { access: 'change' as const },
      { status: 'error' as const, code: 'validation_error' as const },
      false,
    ],
    ['a rejected call', { access: 'change' as const }, { status: 'rejected' as const }, false],
    [
      'a red test run',
      { access: 'change' as const },
      { status: 'error' as const, testsGreen: false },
      false,
    ],
    ['a read', {}, {}, false],
  ])('knows whether %s may have changed files after the tests', (_, call, result, isChange) => {
    const checks = { lastChange: 1, lastGreen: 2, counter: 2 };
    const state = agentState({ calls: [preparedCall(0, call)], checks });

    const after = afterCalls(state, [outcome(0, result)]).checks;

    expect(after.lastChange > after.lastGreen).toBe(isChange);
  });

  it('remembers a green test run', () => {
    const calls = [preparedCall(0, { tool: 'run_tests', access: 'change' })];

    const { checks } = afterCalls(agentState({ calls }), [outcome(0, { testsGreen: true })]);

    expect(checks.lastGreen).toBeGreaterThan(checks.lastChange);
  });
});

describe('afterDrift', () => {
  it('replaces the call and supersedes what was approved of it', () => {
    const opened = {
      approvalId: 'a',
      kind: 'tool_call' as const,
      callId: askedCall(0).callId,
      subject: 's',
      digest: 'digest-0',
      risk: 'change' as const,
      rule: 'r',
      requestedAtMs: 0,
      expiresAtMs: 1,
      state: 'approved' as const,
    };
    const state = agentState({ calls: [askedCall(0)], approvals: [opened] });

    const after = afterDrift(state, askedCall(0, { digest: 'changed' }));

    expect(after.calls[0]?.digest).toBe('changed');
    expect(after.approvals[0]?.state).toBe('superseded');
  });
});

describe('afterMissing', () => {
  it('forgets outcomes so that their calls are open again', () => {
    const state = agentState({ settled: [outcome(0), outcome(1)] });

    expect(afterMissing(state, [outcome(1).callId]).settled).toEqual([outcome(0)]);
  });
});

describe('messages and notes', () => {
  it('queues a message once, also after it was heard', () => {
    const message = { messageId: 'm1', text: 'use port 3002', author: 'ada' };

    const first = withMessage(agentState(), message);
    const again = withMessage(first?.agent ?? agentState(), message);
    const heard = afterSent(first?.agent ?? agentState(), { messages: 1, notes: 0 });

    expect(first?.position).toBe(1);
    expect(again?.agent.messages).toHaveLength(1);
    expect(heard.messages).toEqual([]);
    expect(withMessage(heard, message)?.agent.messages).toEqual([]);
  });

  it('refuses a message when the queue is full, and forgets the oldest ids it heard', () => {
    const messages = Array.from({ length: maxWaitingMessages }, (_, index) => ({
      messageId: `m${index}`,
      text: 'x',
      author: 'ada',
    }));
    const heard = Array.from({ length: maxHeard }, (_, index) => `old${index}`);
    const full = agentState({ messages, heard });

    expect(withMessage(full, { messageId: 'one more', text: 'x', author: 'ada' })).toBeUndefined();
    expect(afterSent(full, { messages: 1, notes: 0 }).heard).toHaveLength(maxHeard);
  });

  it('sends what fits into one input, at least one of each, and keeps what came meanwhile', () => {
    const long = { text: 'x'.repeat(2_000), author: 'ada' };
    const messages = Array.from({ length: 10 }, (_, index) => ({
      messageId: `m${index}`,
      ...long,
    }));
    const state = withNote(agentState({ messages }), 'run.status', { atMs: 0, data: {} });

    const sent = sending(state);

    expect(sent.messages).toBeGreaterThan(0);
    expect(sent.messages).toBeLessThan(10);
    expect(sent.notes).toBe(1);
    expect(afterSent(state, sent).messages).toHaveLength(10 - sent.messages);
  });

  it('numbers notes without a gap, whatever was sent', () => {
    const detail = { atMs: 0, data: {} };
    const two = withNote(withNote(agentState(), 'run.status', detail), 'run.status', detail);

    const third = withNote(afterSent(two, { messages: 0, notes: 2 }), 'run.status', detail);

    expect(two.notes.map(({ position }) => position)).toEqual([1, 2]);
    expect(third.notes.map(({ position }) => position)).toEqual([3]);
  });
});
