import { describe, expect, it } from '@jest/globals';

import { answersOf } from '../../../../../clients/cli/demo/demo-answers.ts';

describe('answersOf', () => {
  it.each([
    ['a person at a terminal', { canAsk: true, yes: false, isRehearsed: false }, 'person'],
    [
      'a person at a terminal, scripted replies',
      { canAsk: true, yes: false, isRehearsed: true },
      'person',
    ],
    ['--yes', { canAsk: true, yes: true, isRehearsed: false }, 'itself'],
    ['nobody, scripted replies', { canAsk: false, yes: false, isRehearsed: true }, 'itself'],
    ['nobody, a real model', { canAsk: false, yes: false, isRehearsed: false }, 'nobody'],
  ])('lets %s answer', (_, facts, expected) => {
    expect(answersOf(facts)).toBe(expected);
  });
});
