import { describe, expect, it } from '@jest/globals';

import type { StallState } from '../../../../domain/agent/agent-state.ts';
import { afterOutcomes, isStalled } from '../../../../domain/agent/stall.ts';
import { outcome } from './builders.ts';

/** What a call is (its digest), what it gave (the hash of its output), and whether it got anywhere. */
type Happened = readonly [digest: string, output: string, progress?: 'progress'];

const fresh: StallState = { quiet: 0, last: [], replans: 0 };
const limit = 5;

/** The counters after calls that were made one after the other, each in a turn of its own. */
function afterTurns(calls: readonly Happened[]): StallState {
  return calls.reduce(
    (stall, [digest, outputHash, progress]) =>
      afterOutcomes(
        stall,
        [outcome(0, { outputHash, progress: progress !== undefined })],
        () => digest,
      ),
    fresh,
  );
}

const tests: Happened = ['run_tests', 'red'];
const edit = (nth: number): Happened => [`edit ${nth}`, 'written', 'progress'];

describe('isStalled', () => {
  it('lets the same tests run red after each of three edits', () => {
    const calls = [edit(1), tests, edit(2), tests, edit(3), tests];

    expect(isStalled(afterTurns(calls), limit)).toBe(false);
  });

  it('lets three different edits say the same', () => {
    expect(isStalled(afterTurns([edit(1), edit(2), edit(3)]), limit)).toBe(false);
  });

  it('lets the same call give something new each time', () => {
    const calls = [1, 2, 3].map((nth): Happened => ['poll', `step ${nth}`]);

    expect(isStalled(afterTurns(calls), limit)).toBe(false);
  });

  it.each([
    ['writes that say that they did something', ['write', 'written', 'progress']],
    ['commands that succeed', ['shell', 'done', 'progress']],
    ['reads', ['read', 'text']],
  ] as const)('sees a stall in three equal %s in a row', (_, call) => {
    expect(isStalled(afterTurns([call, call]), limit)).toBe(false);
    expect(isStalled(afterTurns([call, call, call]), limit)).toBe(true);
  });

  it('sees a stall in three equal calls of one turn', () => {
    const outcomes = [0, 1, 2].map((index) => outcome(index, { outputHash: 'same' }));

    expect(
      isStalled(
        afterOutcomes(fresh, outcomes, () => 'read'),
        limit,
      ),
    ).toBe(true);
  });

  it('counts turns without progress, whatever they call, and forgets them after progress', () => {
    const quiet = Array.from({ length: limit }, (_, nth): Happened => [`read ${nth}`, `${nth}`]);

    expect(isStalled(afterTurns(quiet.slice(1)), limit)).toBe(false);
    expect(isStalled(afterTurns(quiet), limit)).toBe(true);
    expect(isStalled(afterTurns([...quiet.slice(1), edit(1), ...quiet.slice(1)]), limit)).toBe(
      false,
    );
  });
});
