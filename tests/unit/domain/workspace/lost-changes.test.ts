import { describe, expect, it } from '@jest/globals';

import {
  isIncomplete,
  lossForModel,
  lossForPerson,
  lostChanges,
  type LostChange,
  type WorkspaceLoss,
} from '../../../../domain/workspace/lost-changes.ts';

const change = (tool: string, state: LostChange['state'], preview = tool): LostChange => ({
  callId: 'c',
  tool,
  state,
  preview,
});
const loss = (more: Partial<WorkspaceLoss> = {}): WorkspaceLoss => ({
  from: 'a',
  asOf: '2026-01-01T00:00:00.000Z',
  lost: [],
  leftOut: [],
  leftOutCount: 0,
  ...more,
});

describe('lostChanges', () => {
  it.each([
    ['write_file', 'committed', true],
    ['write_file', 'unknown', true],
    ['edit_file', 'failed', false],
    ['write_file', 'intent', false],
    ['shell', 'committed', true],
    ['shell', 'failed', true],
    ['shell', 'intent', true],
    ['git_commit', 'committed', true],
  ] as const)('of %s that is %s: %s', (tool, state, isLost) => {
    expect(lostChanges([change(tool, state)])).toHaveLength(isLost ? 1 : 0);
  });
});

describe('the words about a loss', () => {
  it('name every call to the person and the model', () => {
    const words = loss({ lost: [change('shell', 'committed', 'shell make')] });

    expect(isIncomplete(words)).toBe(true);
    expect(lossForPerson(words)).toContain('what these calls changed later is missing: shell make');
    expect(lossForModel(words)).toMatch(/NOT in it[^]*- shell make/);
  });

  it('stay short, and count the rest', () => {
    const lost = Array.from({ length: 40 }, (_, index) =>
      change('shell', 'committed', `${index} ${'x'.repeat(160)}`),
    );
    const leftOut = Array.from({ length: 200 }, (_, index) => `${index}/${'y'.repeat(300)}`);
    const words = loss({ lost, leftOut, leftOutCount: 5_000 });

    expect(lossForPerson(words)).toContain('and 37 more');
    expect(lossForPerson(words)).toContain('and 4997 more');
    expect(lossForPerson(words).length).toBeLessThan(600);
    expect(lossForModel(words)).toContain('and 28 more');
    expect(lossForModel(words).length).toBeLessThan(4_000);
  });

  it('are not needed when nothing is missing', () => {
    expect(isIncomplete(loss())).toBe(false);
  });
});
