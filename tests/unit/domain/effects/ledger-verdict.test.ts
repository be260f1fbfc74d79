import { describe, expect, it } from '@jest/globals';

import type { EffectRecord } from '../../../../domain/effects/effect-record.ts';
import { ledgerVerdict, ownerState } from '../../../../domain/effects/ledger-verdict.ts';
import { settlementVerdict } from '../../../../domain/effects/settling.ts';

const owner = { host: 'h1', boot: 'b1', pid: 10, startedTicks: '100' };
const record = (overrides: Partial<EffectRecord> = {}): EffectRecord => ({
  callId: 'c',
  effectSeq: 1,
  digest: 'd',
  tool: 'shell',
  state: 'intent',
  owner,
  fence: 1,
  leaseUntil: '2026-01-01T00:00:30.000Z',
  before: null,
  ...overrides,
});

describe('ledgerVerdict', () => {
  it.each([
    ['committed', 'dead', 'give-back'],
    ['failed', 'alive', 'give-back'],
    ['unknown', 'dead', 'unknown'],
    ['intent', 'me', 'busy'],
    ['intent', 'alive', 'busy'],
    ['intent', 'dead', 'take-over'],
    ['intent', 'cannot-tell', 'unknown'],
  ] as const)('on a row that is %s with an owner that is %s: %s', (state, seen, type) => {
    expect(ledgerVerdict(record({ state }), 'd', seen).type).toBe(type);
  });

  it.each(['committed', 'failed', 'intent', 'unknown'] as const)(
    'never answers for another digest: %s',
    (state) => {
      expect(ledgerVerdict(record({ state }), 'other', 'dead').type).toBe('unknown');
    },
  );
});

describe('ownerState', () => {
  const seen = {
    host: 'h1',
    boot: 'b1',
    pid: 20,
    startedTicks: '200',
    ticksOfOwnerPid: undefined,
    nowMs: Date.parse('2026-01-01T00:00:00.000Z'),
    longestActMs: 60_000,
  };

  it.each([
    ['this very process', { pid: 10, startedTicks: '100' }, 'me'],
    ['a living process', { ticksOfOwnerPid: '100' }, 'alive'],
    ['a dead process', {}, 'dead'],
    ['a process whose number somebody else has now', { ticksOfOwnerPid: '999' }, 'dead'],
    ['a process before the last boot', { boot: 'b2', ticksOfOwnerPid: '100' }, 'dead'],
    ['another host, lease alive', { host: 'h2' }, 'alive'],
    [
      'another host, lease just over',
      { host: 'h2', nowMs: Date.parse('2026-01-01T00:01:30.000Z') },
      'cannot-tell',
    ],
    [
      'another host, lease and longest act over',
      { host: 'h2', nowMs: Date.parse('2026-01-01T00:01:30.001Z') },
      'dead',
    ],
  ])('sees %s', (_, overrides, expected) => {
    expect(ownerState(record(), { ...seen, ...overrides })).toBe(expected);
  });
});

describe('settlementVerdict', () => {
  it.each([
    ['unknown', 'happened', false, { type: 'settle', state: 'committed' }],
    ['unknown', 'did-not-happen', false, { type: 'settle', state: 'failed' }],
    ['unknown', 'run-again', true, { type: 'run-again' }],
  ] as const)('%s, %s, owner dead %s', (state, settlement, isDead, expected) => {
    expect(settlementVerdict(state, settlement, isDead)).toEqual(expected);
  });

  it.each([
    ['unknown', 'run-again', false],
    ['intent', 'happened', true],
    ['committed', 'did-not-happen', true],
    ['failed', 'happened', true],
  ] as const)('refuses %s, %s, owner dead %s', (state, settlement, isDead) => {
    expect(settlementVerdict(state, settlement, isDead).type).toBe('refused');
  });
});
