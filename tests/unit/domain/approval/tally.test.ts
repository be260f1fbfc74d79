import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import {
  tallyOf,
  voteRefusal,
  type Circumstances,
  type Vote,
} from '../../../../domain/approval/tally.ts';
import {
  joinRules,
  type ApprovalRule,
  type ApprovalTerms,
} from '../../../../domain/approval/terms.ts';

const rule = (fields: Partial<ApprovalRule> = {}): ApprovalRule => ({
  quorum: 1,
  roles: [],
  people: [],
  separationOfDuties: false,
  rejectQuorum: 1,
  expiresAfterSeconds: 100,
  onTimeout: 'reject',
  escalation: [],
  reminder: false,
  ...fields,
});

function terms(...rules: readonly Partial<ApprovalRule>[]): ApprovalTerms {
  const joined = joinRules(rules.map((fields) => rule(fields)));
  if (joined === undefined) throw new Error('no rule');
  return joined;
}

const around: Circumstances = { requestedBy: 'ann', editedBy: [], escalatedTo: [] };

const vote = (person: string | undefined, more: Partial<Vote> = {}): Vote => ({
  person,
  roles: ['sre'],
  decision: 'approve',
  ...more,
});

describe('tallyOf', () => {
  it('takes the first decision of anybody where nobody in particular is asked for', () => {
    expect(tallyOf(undefined, [vote(undefined)], around)).toEqual({ state: 'approved' });
    const rejected = [vote(undefined, { decision: 'reject' }), vote('bob')];
    expect(tallyOf(undefined, rejected, around)).toEqual({ state: 'rejected' });
    expect(tallyOf(terms({ onTimeout: 'keep' }), [vote(undefined)], around)).toEqual({
      state: 'approved',
    });
  });

  it('waits for the second person of the role, however often the first one approves', () => {
    const asked = terms({ quorum: 2, roles: ['sre'] });

    expect(tallyOf(asked, [vote('bob'), vote('bob')], around)).toEqual({
      state: 'open',
      missing: 'approved so far by 1 of 2 of role sre',
    });
    expect(tallyOf(asked, [vote('bob'), vote('eve', { roles: ['dev'] })], around)).toMatchObject({
      state: 'open',
    });
    expect(tallyOf(asked, [vote('bob'), vote('eve')], around)).toEqual({ state: 'approved' });
  });

  it('needs what every rule asks for', () => {
    const asked = terms({ roles: ['sre'] }, { people: ['boss'] });

    expect(tallyOf(asked, [vote('bob')], around).state).toBe('open');
    expect(tallyOf(asked, [vote('bob'), vote('boss', { roles: [] })], around).state).toBe(
      'approved',
    );
  });

  it('ends with one reject, or as many as the rule says; a changed mind counts once', () => {
    const reject = { decision: 'reject' as const };
    expect(tallyOf(terms({ quorum: 2 }), [vote('bob', reject)], around).state).toBe('rejected');
    const asked = terms({ quorum: 2, rejectQuorum: 2 });

    expect(tallyOf(asked, [vote('bob', reject), vote('bob', reject)], around).state).toBe('open');
    const changed = [vote('bob'), vote('bob', reject), vote('eve')];
    expect(tallyOf(asked, changed, around).state).toBe('open');
    expect(tallyOf(asked, [vote('bob', reject), vote('eve', reject)], around).state).toBe(
      'rejected',
    );
  });

  it('takes one person more where nobody proved to have started the run', () => {
    const asked = terms({ separationOfDuties: true });
    const unknown = { ...around, requestedBy: undefined };

    expect(tallyOf(asked, [vote('bob')], around).state).toBe('approved');
    expect(tallyOf(asked, [vote('bob')], unknown).state).toBe('open');
    expect(tallyOf(asked, [vote('bob'), vote('eve')], unknown).state).toBe('approved');
  });

  it('lets those decide whom the escalation reached', () => {
    const asked = terms({ roles: ['sre'] });
    const boss = vote('boss', { roles: ['lead'] });
    const reached = (to: string): Circumstances => ({ ...around, escalatedTo: [to] });

    expect(tallyOf(asked, [boss], around).state).toBe('open');
    expect(tallyOf(asked, [boss], reached('lead')).state).toBe('approved');
    expect(tallyOf(asked, [boss], reached('person:boss')).state).toBe('approved');
    expect(tallyOf(asked, [boss], reached('person:other')).state).toBe('open');
  });
});

describe('voteRefusal', () => {
  const asked = terms({ quorum: 1, roles: ['sre'], separationOfDuties: true });
  const edited = { ...around, editedBy: ['eve'] };

  it.each([
    ['of nobody', vote(undefined), 'proof'],
    ['without the role', vote('bob', { roles: ['dev'] }), 'role'],
    ['of who started the run', vote('ann'), 'duties'],
    ['of who changed the call', vote('eve'), 'duties'],
    ['of somebody else', vote('bob'), undefined],
    ['that rejects what one started', vote('ann', { decision: 'reject' }), undefined],
  ])('on a vote %s', (_, cast, refusal) => {
    expect(voteRefusal(asked, cast, edited)).toBe(refusal);
  });
});

const people = fc.constantFrom('ann', 'bob', 'cat', 'dan', undefined);
const roles = fc.subarray(['sre', 'dev', 'lead']);
const votes = fc.array(
  fc.record({
    person: people,
    roles,
    decision: fc.constantFrom('approve' as const, 'reject' as const),
  }),
  { maxLength: 12 },
);
const someTerms = fc
  .array(
    fc.record({
      quorum: fc.integer({ min: 1, max: 3 }),
      roles,
      separationOfDuties: fc.boolean(),
      rejectQuorum: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((rules) => terms(...rules));

describe('any votes', () => {
  it('approve only with as many different people as the largest quorum asks for', () => {
    fc.assert(
      fc.property(someTerms, votes, (asked, cast) => {
        if (tallyOf(asked, cast, around).state !== 'approved') return;
        const counting = cast.filter((one) => voteRefusal(asked, one, around) === undefined);
        const approving = counting.filter(({ decision }) => decision === 'approve');
        const quorum = Math.max(...asked.requirements.map((one) => one.quorum));
        const distinct = new Set(approving.map(({ person }) => person ?? Symbol('nobody')));
        expect(distinct.size).toBeGreaterThanOrEqual(quorum);
      }),
    );
  });

  it('come to the same when one of them that does not count is left out', () => {
    fc.assert(
      fc.property(someTerms, votes, (asked, cast) => {
        const counting = cast.filter((one) => voteRefusal(asked, one, around) === undefined);
        expect(tallyOf(asked, counting, around)).toEqual(tallyOf(asked, cast, around));
      }),
    );
  });

  it('never approve by who started the run where duties are separated', () => {
    fc.assert(
      fc.property(someTerms, votes, (asked, cast) => {
        const duties = { ...asked, separationOfDuties: true };
        const own = cast.map((one) => ({ ...one, person: 'ann' }));
        expect(tallyOf(duties, own, around).state).not.toBe('approved');
      }),
    );
  });

  it('are harder to satisfy by another rule, never easier', () => {
    fc.assert(
      fc.property(someTerms, someTerms, votes, (one, other, cast) => {
        const both: ApprovalTerms = {
          ...one,
          requirements: [...one.requirements, ...other.requirements],
          separationOfDuties: one.separationOfDuties || other.separationOfDuties,
        };
        const approving = cast.filter(({ decision }) => decision === 'approve');
        if (tallyOf(both, approving, around).state !== 'approved') return;
        const alone = { ...one, separationOfDuties: both.separationOfDuties };
        expect(tallyOf(alone, approving, around).state).toBe('approved');
      }),
    );
  });
});

describe('joinRules', () => {
  it('says nothing when no rule does, and keeps the strictest of what they say', () => {
    expect(joinRules([undefined, undefined])).toBeUndefined();
    expect(
      joinRules([rule({ onTimeout: 'approve', expiresAfterSeconds: 5 }), undefined]),
    ).toMatchObject({
      onTimeout: 'reject',
      expiresAfterSeconds: 5,
      rejectQuorum: 1,
    });
    expect(
      joinRules([
        rule({ escalation: [{ afterSeconds: 20, to: 'b' }], rejectQuorum: 3 }),
        rule({ escalation: [{ afterSeconds: 10, to: 'a' }], rejectQuorum: 2, reminder: true }),
      ]),
    ).toMatchObject({
      escalation: [
        { afterSeconds: 10, to: 'a' },
        { afterSeconds: 20, to: 'b' },
      ],
      rejectQuorum: 2,
      reminder: true,
    });
  });
});
