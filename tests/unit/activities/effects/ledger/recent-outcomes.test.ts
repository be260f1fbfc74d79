import { describe, expect, it } from '@jest/globals';

import { RecentOutcomes } from '../../../../../activities/effects/ledger/recent-outcomes.ts';
import type { EndedEffect } from '../../../../../storage/effects/end-with-outcome.ts';

function ended(callId: string, text: string): EndedEffect {
  return {
    tenant: 'default',
    runId: 'run/default/x',
    digest: 'd',
    fence: 1,
    state: 'committed',
    outcome: { callId, status: 'ok', result: callId, outputHash: '', progress: true },
    texts: new Map([[callId, text]]),
    events: [],
  };
}

describe('RecentOutcomes', () => {
  it('gives back what was written a moment ago, and its texts', () => {
    const recent = new RecentOutcomes(() => 0);
    const one = ended('one', 'text');

    recent.remember(one);

    expect(recent.of('one')).toBe(one);
    expect(recent.textsOf([one.outcome])).toEqual(new Map([['one', 'text']]));
    expect(recent.textsOf([one.outcome, ended('two', '').outcome])).toBeUndefined();
  });

  it('forgets the oldest by time, by number and by length, never the newest', () => {
    let now = 0;
    const recent = new RecentOutcomes(() => now);
    const large = 'x'.repeat(20 * 1024 * 1024);

    recent.remember(ended('old', ''));
    now = 120_001;
    recent.remember(ended('large', large));
    expect(recent.of('old')).toBeUndefined();
    recent.remember(ended('larger', large));
    expect(recent.of('large')).toBeUndefined();
    expect(recent.of('larger')).toBeDefined();
    for (let count = 0; count < 200; count += 1) recent.remember(ended(`small ${count}`, ''));
    expect(recent.of('larger')).toBeUndefined();
    expect(recent.of('small 0')).toBeDefined();
  });
});
