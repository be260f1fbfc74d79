import { describe, expect, it } from '@jest/globals';

import { stateBetween, turnOfCall } from '../../../../domain/effects/state-at-turn.ts';

const baseline = { name: 'baseline', label: undefined };
const state = (name: string, when: 'before' | 'after', callId: string) => ({
  name,
  label: { when, callId },
});

describe('stateBetween', () => {
  const kept = [baseline, state('one', 'after', 'c1'), state('two', 'after', 'c2')];
  // The state behind c2 was lost with its worker.
  const broken = [baseline, state('one', 'after', 'c1'), state('mended', 'before', 'c3')];

  it.each([
    [kept, undefined, 'c1', 'baseline'],
    [kept, 'c1', 'c2', 'one'],
    [kept, 'c2', undefined, 'two'],
    [broken, 'c1', 'c2', 'one'],
    [broken, 'c2', 'c3', 'mended'],
    [broken, 'c2', undefined, undefined],
    [broken, 'c0', 'c2', undefined],
    [[baseline], undefined, undefined, 'baseline'],
    [[baseline], undefined, 'c1', 'baseline'],
    [[baseline, state('begun', 'after', 'of another run')], undefined, 'c1', 'begun'],
    [[baseline, state('begun', 'before', 'c1')], undefined, 'c1', 'begun'],
  ])('finds in %j between %s and %s: %s', (states, lastChange, nextChange, name) => {
    expect(stateBetween(states, { lastChange, nextChange })?.name).toBe(name);
  });
});

describe('turnOfCall', () => {
  it.each([
    ['run/t/k/main/t12/c3', 12],
    ['run/t/k/step/s1/t2/c0', 2],
    ['something else', 0],
  ])('reads %s as %d', (callId, turn) => {
    expect(turnOfCall(callId)).toBe(turn);
  });
});
