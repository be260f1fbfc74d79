import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, property } from 'fast-check';

import { FailureType } from '../../../../domain/failures.ts';
import { afterFault, attemptDelay, newFaultState } from '../../../../domain/models/after-fault.ts';
import type { FaultMove, FaultState } from '../../../../domain/models/after-fault.ts';
import type { FaultFacts, FaultKind } from '../../../../domain/models/model-fault.ts';
import type { TierChain } from '../../../../domain/models/tiers.ts';

const local = { key: 'local', model: 'qwen', privacy: 'local' } as const;
const other = { key: 'other', model: 'llama', privacy: 'local' } as const;
const remote = { key: 'remote', model: 'gpt', privacy: 'remote' } as const;

function chain(overrides: Partial<TierChain> = {}): TierChain {
  return { tiers: [local, other], triggers: ['no_tool_calls'], ...overrides };
}

function fault(kind: FaultKind, overrides: Partial<FaultFacts> = {}): FaultFacts {
  return {
    type: FailureType.modelUnavailable,
    kind,
    code: 'unavailable',
    message: `${kind} fault`,
    ...overrides,
  };
}

function state(overrides: Partial<FaultState> = {}): FaultState {
  return { ...newFaultState(0), ...overrides };
}

const decide = (tiers: TierChain, before: FaultState, what: FaultFacts): unknown =>
  afterFault(tiers, before, { fault: what, random: 0.5 });

describe('afterFault', () => {
  it('tries a transient fault again with growing waits', () => {
    expect(decide(chain(), state(), fault('transient'))).toEqual({
      type: 'retry',
      delayMs: 2_000,
      state: state({ transientFaults: 1 }),
    });
    expect(decide(chain(), state({ transientFaults: 1 }), fault('transient'))).toMatchObject({
      type: 'retry',
      delayMs: 4_000,
    });
  });

  it('moves to the next tier at the third transient fault and starts counting anew', () => {
    expect(decide(chain(), state({ transientFaults: 2 }), fault('transient'))).toEqual({
      type: 'next-tier',
      move: { type: 'move', tier: 1, reason: 'error', fromModel: 'qwen', toModel: 'llama' },
      state: {
        tier: 1,
        transientFaults: 0,
        rateLimits: 0,
        errors: [
          {
            tier: 0,
            model: 'qwen',
            type: 'Model.Unavailable',
            code: 'unavailable',
            message: 'transient fault',
          },
        ],
      },
    });
  });

  it('moves at once after a permanent fault', () => {
    expect(decide(chain(), state(), fault('permanent'))).toMatchObject({
      type: 'next-tier',
      state: { tier: 1 },
    });
  });

  it('lists every tier when none is left', () => {
    const first = decide(chain(), state(), fault('permanent', { message: 'one' }));
    if (!isMove(first)) throw new Error('no move');

    const last = decide(chain(), first.state, fault('permanent', { message: 'two' }));

    expect(last).toMatchObject({
      type: 'exhausted',
      errors: [
        { tier: 0, message: 'one' },
        { tier: 1, message: 'two' },
      ],
    });
  });

  it('keeps the conversation local when the chain does not list the trigger', () => {
    const crossing = chain({ tiers: [local, remote] });

    expect(decide(crossing, state(), fault('permanent'))).toMatchObject({ type: 'exhausted' });
    expect(decide(crossing, state(), fault('circuit-open', { retryAfterMs: 9_000 }))).toMatchObject(
      {
        type: 'rate-limited',
        retryAfterMs: 9_000,
      },
    );
    expect(decide({ ...crossing, triggers: ['error'] }, state(), fault('permanent'))).toMatchObject(
      { type: 'next-tier', move: { toModel: 'gpt' } },
    );
  });

  it('skips a tier of the other privacy class for one of its own', () => {
    const mixed = chain({ tiers: [local, remote, other] });

    expect(decide(mixed, state(), fault('permanent'))).toMatchObject({
      type: 'next-tier',
      state: { tier: 2 },
    });
  });

  it('waits out rate limits without counting them as faults', () => {
    const limited = fault('rate-limited', { retryAfterMs: 7_000 });
    let now = state({ transientFaults: 2 });
    for (let count = 0; count < 10; count += 1) {
      const next = afterFault(chain(), now, { fault: limited, random: 0.5 });
      if (next.type !== 'retry') throw new Error(next.type);
      expect(next.delayMs).toBe(7_000);
      now = next.state;
    }

    expect(now).toMatchObject({ tier: 0, transientFaults: 2, rateLimits: 10 });
  });

  it.each(['rate-limited', 'transient'] as const)(
    'turns a wait of more than a minute into a result (%s)',
    (kind) => {
      expect(decide(chain(), state(), fault(kind, { retryAfterMs: 60_000 }))).toMatchObject({
        type: 'retry',
      });
      expect(decide(chain(), state(), fault(kind, { retryAfterMs: 60_001 }))).toMatchObject({
        type: 'rate-limited',
        retryAfterMs: 60_001,
      });
    },
  );

  it('moves on from an open circuit without a wait', () => {
    expect(decide(chain(), state(), fault('circuit-open', { retryAfterMs: 20_000 }))).toMatchObject(
      {
        type: 'next-tier',
        move: { reason: 'circuit_open' },
      },
    );
  });

  it('hands a full context to the caller', () => {
    expect(decide(chain(), state(), fault('context-full'))).toEqual({ type: 'context-full' });
  });

  it('ends after three faults of each tier, whatever the order of faults', () => {
    const kinds = constantFrom<FaultKind>('transient', 'permanent');
    const tiers = chain({ tiers: [local, other, { ...local, key: 'third' }] });
    assert(
      property(array(kinds, { minLength: 9, maxLength: 9 }), (sequence) => {
        const end = sequence.reduce(
          (now: FaultMove, kind) =>
            'state' in now
              ? afterFault(tiers, now.state, { fault: fault(kind), random: 0.5 })
              : now,
          { type: 'retry', delayMs: 0, state: newFaultState(0) },
        );
        expect(end).toMatchObject({
          type: 'exhausted',
          errors: [{ tier: 0 }, { tier: 1 }, { tier: 2 }],
        });
      }),
    );
  });
});

describe('attemptDelay', () => {
  it.each([
    [1, 2_000],
    [2, 4_000],
    [3, 8_000],
    [5, 32_000],
    [6, 60_000],
    [500, 60_000],
  ])('waits after attempt %i about %i ms', (attempt, expected) => {
    expect(attemptDelay(fault('transient'), attempt, 0.5)).toBe(expected);
  });

  it('stays within 20 % of its base and never over a minute', () => {
    expect(attemptDelay(fault('transient'), 1, 0)).toBe(1_600);
    expect(attemptDelay(fault('transient'), 1, 0.999_999)).toBe(2_400);
    expect(attemptDelay(fault('transient'), 9, 0.999_999)).toBe(60_000);
  });

  it('takes the wait that the endpoint asks for, unless it asks for none', () => {
    expect(attemptDelay(fault('rate-limited', { retryAfterMs: 123 }), 4, 0)).toBe(123);
    expect(attemptDelay(fault('rate-limited', { retryAfterMs: 0 }), 1, 0.5)).toBe(2_000);
  });
});

function isMove(value: unknown): value is { readonly state: FaultState } {
  return typeof value === 'object' && value !== null && 'move' in value;
}
