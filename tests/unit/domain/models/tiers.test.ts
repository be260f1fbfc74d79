import { describe, expect, it } from '@jest/globals';

import { modelChainSchema } from '../../../../domain/models/model-chain-schema.ts';
import { chainKeys, nextTier, startTier } from '../../../../domain/models/tiers.ts';
import type { Tier, TierChain } from '../../../../domain/models/tiers.ts';
import { answerTrigger } from '../../../../domain/models/triggers.ts';
import type { Trigger } from '../../../../domain/models/triggers.ts';

const tiers: { readonly [name: string]: Tier } = {
  L: { key: 'l', model: 'local', privacy: 'local' },
  R: { key: 'r', model: 'remote', privacy: 'remote' },
};

function chainOf(letters: string, triggers: readonly Trigger[]): TierChain {
  return { tiers: letters.split('').flatMap((letter) => tiers[letter] ?? []), triggers };
}

describe('nextTier', () => {
  it.each<[string, number, Trigger, readonly Trigger[], number | undefined]>([
    ['LL', 0, 'error', [], 1],
    ['LL', 0, 'circuit_open', [], 1],
    ['RR', 0, 'error', [], 1],
    ['LR', 0, 'error', [], undefined],
    ['LR', 0, 'circuit_open', [], undefined],
    ['RL', 0, 'error', [], undefined],
    ['LR', 0, 'error', ['error'], 1],
    ['LR', 0, 'circuit_open', ['error'], undefined],
    ['LR', 0, 'circuit_open', ['circuit_open'], 1],
    ['LR', 0, 'no_tool_calls', ['no_tool_calls'], 1],
    ['LL', 0, 'no_tool_calls', ['error'], undefined],
    ['LL', 0, 'malformed_args', ['no_tool_calls'], undefined],
    ['LL', 0, 'malformed_args', ['malformed_args'], 1],
    ['LRL', 0, 'error', [], 2],
    ['LRR', 1, 'error', [], 2],
    ['LLL', 2, 'error', ['error'], undefined],
    ['L', 0, 'error', ['error'], undefined],
    ['L', 7, 'error', ['error'], undefined],
  ])('%s from %i by %s with %j goes to %s', (letters, from, reason, listed, expected) => {
    const move = nextTier(chainOf(letters, listed), from, reason);

    expect(move.type === 'move' ? move.tier : undefined).toBe(expected);
  });
});

describe('startTier', () => {
  it('starts at the first tier, and at the second when the chain lists always', () => {
    expect(startTier(chainOf('LR', ['error']))).toBe(0);
    expect(startTier(chainOf('LR', ['always']))).toBe(1);
    expect(startTier(chainOf('L', ['always']))).toBe(0);
  });
});

describe('modelChainSchema', () => {
  it('moves on answers without tool calls when it lists nothing', () => {
    expect(modelChainSchema.parse({ primary: 'a' })).toEqual({
      primary: 'a',
      triggers: ['no_tool_calls'],
    });
  });

  it.each(['quota', 'complexity', 'on_error', ''])('refuses the unknown trigger %j', (trigger) => {
    const parsed = modelChainSchema.safeParse({
      primary: 'a',
      secondary: 'b',
      triggers: [trigger],
    });

    expect(parsed.success).toBe(false);
  });

  it('keeps the order of its tiers', () => {
    expect(chainKeys(modelChainSchema.parse({ last: 'c', primary: 'a' }))).toEqual(['a', 'c']);
  });
});

describe('answerTrigger', () => {
  it.each([
    [{ toolsOffered: 2, toolCalls: 0, malformedInARow: 0 }, 'no_tool_calls'],
    [{ toolsOffered: 0, toolCalls: 0, malformedInARow: 0 }, undefined],
    [{ toolsOffered: 2, toolCalls: 1, malformedInARow: 1 }, undefined],
    [{ toolsOffered: 2, toolCalls: 1, malformedInARow: 2 }, 'malformed_args'],
  ])('finds in %j %s', (answer, expected) => {
    expect(answerTrigger(answer)).toBe(expected);
  });
});
