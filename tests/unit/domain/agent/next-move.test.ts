import { describe, expect, it } from '@jest/globals';

import { nextMove } from '../../../../domain/agent/next-move.ts';
import type { Approval } from '../../../../domain/approval/approval.ts';
import { agentState, askedCall, moveContext, outcome, preparedCall } from './builders.ts';

const approval = (overrides: Partial<Approval> = {}): Approval => ({
  approvalId: 'run/default/r1/main/t3/c0/a1',
  kind: 'tool_call',
  callId: 'run/default/r1/main/t3/c0',
  subject: 'call 0',
  digest: 'digest-0',
  risk: 'change',
  rule: 'mode/default',
  requestedAtMs: 0,
  expiresAtMs: 1,
  state: 'approved',
  ...overrides,
});

const edit = (index: number) => preparedCall(index, { tool: 'edit_file', access: 'change' });
const finish = (index: number) => preparedCall(index, { tool: 'finish', access: 'finish' });

const stalled = (replans: number) => agentState({ stall: { quiet: 5, last: [], replans } });

describe('nextMove', () => {
  it('asks the model when no call is open', () => {
    expect(nextMove(agentState(), moveContext())).toEqual({ type: 'invoke-model' });
  });

  it('performs neighbouring reads together, in the order of the model, and an effect between them alone', () => {
    const calls = [preparedCall(0), preparedCall(1), edit(2), preparedCall(3)];

    const first = nextMove(agentState({ calls }), moveContext());
    const second = nextMove(
      agentState({ calls, settled: [outcome(0), outcome(1)] }),
      moveContext(),
    );
    const third = nextMove(
      agentState({ calls, settled: [outcome(0), outcome(1), outcome(2)] }),
      moveContext(),
    );

    expect(first).toEqual({ type: 'perform-reads', calls: [calls[0], calls[1]] });
    expect(second).toEqual({ type: 'perform-call', call: calls[2] });
    expect(third).toEqual({ type: 'perform-reads', calls: [calls[3]] });
  });

  it('asks a person about a call that policy asks about, and waits while the approval is open', () => {
    const calls = [askedCall(0)];
    const open = approval({ state: 'open' });

    expect(nextMove(agentState({ calls }), moveContext())).toEqual({ type: 'ask', call: calls[0] });
    expect(nextMove(agentState({ calls, approvals: [open] }), moveContext())).toEqual({
      type: 'await-approval',
      approval: open,
    });
  });

  it.each([
    ['the digest that was approved', {}, 'perform-call'],
    ['another digest', { digest: 'other' }, 'ask'],
    ['a rejection', { state: 'rejected' as const }, 'ask'],
    ['an approval of another kind', { kind: 'effect_unknown' as const }, 'ask'],
  ])('takes an approval for %s', (_, overrides, type) => {
    const state = agentState({ calls: [askedCall(0)], approvals: [approval(overrides)] });

    expect(nextMove(state, moveContext()).type).toBe(type);
  });

  it('stops with the finish call when every other call of the turn succeeded', () => {
    const calls = [edit(0), finish(1)];
    const done = agentState({ calls, settled: [outcome(0)] });

    expect(nextMove(agentState({ calls }), moveContext()).type).toBe('perform-call');
    expect(nextMove(done, moveContext())).toEqual({
      type: 'stop',
      reason: 'finished',
      finish: calls[1]?.callId,
    });
  });

  it('holds a finish back when another call of its turn failed', () => {
    const calls = [edit(0), finish(1)];
    const state = agentState({ calls, settled: [outcome(0, { status: 'error' })] });

    expect(nextMove(state, moveContext())).toMatchObject({
      type: 'refuse-finish',
      refusal: { code: 'validation_error' },
    });
  });

  it.each([
    ['never', { lastGreen: 0, lastChange: 0, counter: 2 }, 'refuse-finish'],
    ['before the last change', { lastGreen: 1, lastChange: 2, counter: 2 }, 'refuse-finish'],
    ['after the last change', { lastGreen: 3, lastChange: 2, counter: 3 }, 'stop'],
  ])('judges a claim of verified tests by the record: green %s', (_, checks, type) => {
    const state = agentState({ calls: [finish(0)], checks });

    expect(nextMove(state, moveContext({ gates: ['tests-verified'] })).type).toBe(type);
  });

  it('stops when less than a second is left, whatever is open', () => {
    const state = agentState({ calls: [edit(0)] });
    const late = moveContext({ deadlineMs: 10_000, nowMs: 9_001 });

    expect(nextMove(state, late)).toEqual({ type: 'stop', reason: 'time' });
    expect(nextMove(state, { ...late, nowMs: 9_000 }).type).toBe('perform-call');
  });

  it('waits for an open approval even when the time is over: the clock stands meanwhile', () => {
    const state = agentState({ calls: [askedCall(0)], approvals: [approval({ state: 'open' })] });

    expect(nextMove(state, moveContext({ nowMs: 4_000_000 })).type).toBe('await-approval');
  });

  it('stops at the limit of turns only when another turn would begin', () => {
    const limits = { ...moveContext().limits, maxTurns: 3 };

    expect(nextMove(agentState(), moveContext({ limits }))).toEqual({
      type: 'stop',
      reason: 'max_turns',
    });
    expect(nextMove(agentState({ calls: [edit(0)] }), moveContext({ limits })).type).toBe(
      'perform-call',
    );
  });

  it('reminds once after an answer without calls, then takes the text as the result', () => {
    const quiet = agentState({ quietAnswers: 1 });
    const reminder = { messageId: 'holdfast-t3', text: 'finish', author: 'holdfast' };

    expect(nextMove(quiet, moveContext()).type).toBe('remind');
    expect(nextMove({ ...quiet, messages: [reminder] }, moveContext()).type).toBe('invoke-model');
    expect(nextMove(agentState({ quietAnswers: 2 }), moveContext())).toEqual({
      type: 'stop',
      reason: 'finished',
    });
  });

  it('makes a stalled agent plan anew twice, then stops it', () => {
    expect(nextMove(stalled(0), moveContext()).type).toBe('replan');
    expect(nextMove(stalled(1), moveContext()).type).toBe('replan');
    expect(nextMove(stalled(2), moveContext())).toEqual({ type: 'stop', reason: 'stall' });
  });

  it('sees a stall in three equal outputs', () => {
    const last = ['a', 'a', 'a'];

    expect(
      nextMove(agentState({ stall: { quiet: 0, last, replans: 0 } }), moveContext()).type,
    ).toBe('replan');
    expect(
      nextMove(
        agentState({ stall: { quiet: 0, last: ['b', 'a', 'a'], replans: 0 } }),
        moveContext(),
      ).type,
    ).toBe('invoke-model');
  });
});
