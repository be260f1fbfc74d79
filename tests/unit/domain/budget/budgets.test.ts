import { describe, expect, it } from '@jest/globals';

import type { Approval } from '../../../../domain/approval/approval.ts';
import { budgetSchema, toBudget } from '../../../../domain/budget/budget-schema.ts';
import { remainingOf } from '../../../../domain/budget/budget.ts';
import { budgetQuestion } from '../../../../domain/budget/question.ts';
import { raisesOf } from '../../../../domain/budget/raises.ts';
import { parseSettings } from '../../../../domain/settings/settings-schema.ts';
import { rootRunOf } from '../../../../domain/run/ids.ts';

describe('budgetSchema', () => {
  it('takes what people write, and converts dollars to micro-dollars', () => {
    const written = { name: 'shop', scope: 'project', of: 'shop', maxUsd: 0.1, maxCalls: 5 };

    expect(toBudget(budgetSchema.parse(written))).toEqual({
      name: 'shop',
      scope: 'project',
      of: 'shop',
      per: 'total',
      limit: { microUsd: 100_000, tokens: null, calls: 5 },
    });
  });

  it.each([
    ['no limit', { name: 'a', scope: 'run' }],
    ['a limit below zero', { name: 'a', scope: 'run', maxUsd: -1 }],
    ['half a call', { name: 'a', scope: 'run', maxCalls: 0.5 }],
    ['a scope that does not exist', { name: 'a', scope: 'planet', maxUsd: 1 }],
    ['one of the tenant', { name: 'a', scope: 'tenant', of: 'b', maxUsd: 1 }],
    ['a name with blanks', { name: 'a b', scope: 'run', maxUsd: 1 }],
    ['an unknown field', { name: 'a', scope: 'run', maxUsd: 1, maxEuros: 1 }],
    ['more money than can be counted', { name: 'a', scope: 'run', maxUsd: 1e15 }],
  ])('refuses %s', (_, written) => {
    expect(budgetSchema.safeParse(written).success).toBe(false);
  });

  it('is refused in the settings when a name stands twice', () => {
    const one = { name: 'a', scope: 'run', maxUsd: 1 };

    expect(parseSettings({ budgets: [one, one] })).toMatchObject({ type: 'refused' });
    expect(parseSettings({ budgets: [one] })).toMatchObject({ type: 'ok' });
  });
});

describe('remainingOf', () => {
  it('is what limit and raises leave, and never below zero', () => {
    expect(remainingOf(100, { raised: 10, reserved: 20, spent: 30 })).toBe(60);
    expect(remainingOf(100, { raised: 0, reserved: 0, spent: 300 })).toBe(0);
    expect(remainingOf(null, { raised: 0, reserved: 1, spent: 1 })).toBeNull();
  });
});

describe('budgetQuestion', () => {
  it.each([
    [{ budget: 'run', microUsd: 1_200 }, 'the next model call needs $0.0012 more than run allows'],
    [
      { budget: 'price_unknown', microUsd: null },
      'the model has no known price (`price:` in its settings), so the cost limit of the run cannot be kept; approve to go on without it',
    ],
    [
      { budget: 'b', microUsd: null, cap: { counterId: 1, unit: 'calls', over: 1, offer: 20 } },
      'the next model call needs 1 calls more than b allows; approve to allow 20 more',
    ],
    [
      { budget: 'b', microUsd: null, cap: { counterId: 1, unit: 'unknown', over: 1, offer: 1 } },
      'the next model call has no known price, and b limits money; approve to allow such calls',
    ],
  ] as const)('says %j', (refused, question) => {
    expect(budgetQuestion(refused)).toBe(question);
  });

  it('fits into what people are shown, whatever the name', () => {
    const cap = { counterId: 1, unit: 'tokens', over: 1e9, offer: 1e9 } as const;

    expect(budgetQuestion({ budget: 'b'.repeat(64), microUsd: null, cap }).length).toBeLessThan(
      161,
    );
  });
});

describe('raisesOf', () => {
  const approval: Approval = {
    approvalId: 'a1',
    kind: 'budget',
    subject: '',
    digest: 'd',
    risk: 'change',
    rule: 'shop',
    requestedAtMs: 0,
    expiresAtMs: 0,
    state: 'approved',
    cap: { counterId: 7, unit: 'usd', over: 5, offer: 5 },
  };
  const decision = {
    decisionId: 'x',
    approvalId: 'a1',
    digest: 'd',
    decision: 'approve',
    by: 'ada',
    via: 'cli',
    atMs: 0,
  } as const;

  it('brings what a person signed, and no amount of its own', () => {
    const signed = { approvalId: 'a1', decision: 'approve', raiseMicroUsd: 900 };
    const proof = { keyId: 'k', at: '2026-01-01T00:00:00Z', signature: 's' };
    const named: Approval = { ...approval, decision: { ...decision, signed, proof } };

    expect(raisesOf([named])).toEqual([
      { approvalId: 'a1', counterId: 7, unit: 'usd', signed, proof },
    ]);
  });

  it('brings nothing of open, rejected and own limits', () => {
    const { cap: _, ...own } = approval;

    expect(
      raisesOf([{ ...approval, state: 'open' }, { ...approval, state: 'rejected' }, own]),
    ).toEqual([]);
  });
});

describe('rootRunOf', () => {
  it('is the run itself, or the run above its steps', () => {
    expect(rootRunOf('run/default/k1')).toBe('run/default/k1');
    expect(rootRunOf('run/default/k1/step/a/step/b')).toBe('run/default/k1');
  });
});
