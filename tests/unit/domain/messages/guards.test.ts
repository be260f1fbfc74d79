import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import {
  parseDecideApproval,
  parseDecisionSignal,
} from '../../../../domain/messages/decide-approval.ts';
import {
  parseBreakLock,
  parseLockGranted,
  parseLockRelease,
  parseLockRequest,
} from '../../../../domain/messages/lock-messages.ts';
import { undecodableMark, type Parsed } from '../../../../domain/messages/reading.ts';
import {
  parseInject,
  parsePause,
  parseRevokeGrant,
  parseSettleEffect,
} from '../../../../domain/messages/run-messages.ts';

const guards: readonly (readonly [string, (value: unknown) => Parsed<unknown>])[] = [
  ['decideApproval', parseDecideApproval],
  ['approve', (value) => parseDecisionSignal(value, 'approve')],
  ['reject', (value) => parseDecisionSignal(value, 'reject')],
  ['answer', (value) => parseDecisionSignal(value, 'answer')],
  ['settleEffect', parseSettleEffect],
  ['inject', parseInject],
  ['pause', parsePause],
  ['revokeGrant', parseRevokeGrant],
  ['askForLock', parseLockRequest],
  ['releaseLock', parseLockRelease],
  ['lockGranted', parseLockGranted],
  ['breakLock', parseBreakLock],
];

const fields = [
  'approvalId',
  'decision',
  'digest',
  'reason',
  'answer',
  'arguments',
  'remember',
  'raiseMicroUsd',
  'decisionId',
  'by',
  'via',
  'callId',
  'settlement',
  'messageId',
  'text',
  'blob',
  'author',
  'grantId',
  'requestId',
  'runId',
  'mode',
  'purpose',
  'name',
  'fence',
  'fences',
  '__proto__',
];

const nearMiss = fc.dictionary(
  fc.constantFrom(...fields),
  fc.oneof(
    fc.anything(),
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('approve', 'reject', 'happened', 'run-again', 'a\0b', '\ud800', ''),
    fc.string({ minLength: 2_000, maxLength: 5_000 }),
  ),
);

describe.each(guards)('the guard of %s', (_, parse) => {
  it('never throws, and says why it refuses', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), nearMiss), (value) => {
        const parsed = parse(value);
        expect(parsed.type === 'refused' ? parsed.reason : 'ok').toMatch(/\S/);
      }),
      { numRuns: 500 },
    );
  });

  it('lets through only what history and database can hold', () => {
    fc.assert(
      fc.property(nearMiss, (value) => {
        const parsed = parse(value);
        const texts = parsed.type === 'ok' ? JSON.stringify(parsed.input) : '';
        expect(texts).not.toMatch(/\\u0000|\\ud[89a-f]/);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses what could not be decoded', () => {
    expect(parse({ [undecodableMark]: true })).toMatchObject({
      type: 'refused',
      reason: expect.stringContaining('decoded'),
    });
  });

  it.each([7, 'text', [], true, Symbol('x'), () => 1])('refuses %p', (value) => {
    expect(parse(value).type).toBe('refused');
  });
});

describe('a message', () => {
  it.each([
    ['NUL in a text', parseInject({ text: 'a\0b' })],
    ['half of a pair in a text', parseInject({ text: '\ud800' })],
    ['a text over 2 KB', parseInject({ text: 'ü'.repeat(1_100) })],
    ['a line break in an id', parseRevokeGrant({ grantId: 'a\nb' })],
    ['the name of the engine', parseInject({ text: 'x', author: 'holdfast' })],
    [
      'NUL deep in changed arguments',
      parseDecideApproval({
        approvalId: 'a',
        decision: 'approve',
        arguments: { a: [{ b: '\0' }] },
      }),
    ],
    [
      'a name of NUL in changed arguments',
      parseDecideApproval({ approvalId: 'a', decision: 'approve', arguments: { '\0': 1 } }),
    ],
    ['a rejection without words', parseDecideApproval({ approvalId: 'a', decision: 'reject' })],
    [
      'an amount with a fraction',
      parseDecideApproval({ approvalId: 'a', decision: 'approve', raiseMicroUsd: 0.5 }),
    ],
  ])('with %s is refused', (_, parsed) => {
    expect(parsed.type).toBe('refused');
  });

  it('that inherits its fields is refused', () => {
    const value: unknown = Object.create({ approvalId: 'a', decision: 'approve' });

    expect(parseDecideApproval(value).type).toBe('refused');
  });

  it('of nothing at all is a pause without a reason', () => {
    expect(parsePause(undefined)).toMatchObject({ type: 'ok', input: { by: 'unauthenticated' } });
  });
});
