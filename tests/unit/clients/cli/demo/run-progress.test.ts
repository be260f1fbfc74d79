import { describe, expect, it } from '@jest/globals';

import {
  afterItem,
  isGoodMomentToKill,
  noProgress,
  repeated,
  type RunProgress,
} from '../../../../../clients/cli/demo/run-progress.ts';
import type { WatchedItem } from '../../../../../clients/runs-client.ts';
import type { JsonObject } from '../../../../../domain/json.ts';

const turn = 'run/default/demo/main/t1';

function event(name: string, data: JsonObject): WatchedItem {
  return {
    type: 'event',
    id: 'run/default/demo#1',
    seq: 1,
    schemaVersion: 1,
    event: name,
    at: '2026-01-01T00:00:00.000Z',
    runId: 'run/default/demo',
    data,
  };
}

function after(...items: readonly WatchedItem[]): RunProgress {
  return items.reduce(afterItem, noProgress);
}

/** Everything the log says of one effect that ended. */
function effect(callId: string, end: JsonObject = {}): readonly WatchedItem[] {
  return [
    event('tool.requested', { callId }),
    event('effect.intent', { callId }),
    event('effect.committed', { callId }),
    event('tool.result', { callId, ...end }),
  ];
}

describe('isGoodMomentToKill', () => {
  it('waits for two effects on record', () => {
    expect(isGoodMomentToKill(noProgress)).toBe(false);
    expect(isGoodMomentToKill(after(...effect('c0')))).toBe(false);
    expect(isGoodMomentToKill(after(...effect('c0'), ...effect('c1')))).toBe(true);
  });

  it('waits until no call of the turn is open', () => {
    const open = event('tool.requested', { callId: 'c2' });

    expect(isGoodMomentToKill(after(...effect('c0'), ...effect('c1'), open))).toBe(false);
  });

  it('takes a call that was rejected as settled by the next answer', () => {
    const items = [
      ...effect('c0'),
      ...effect('c1'),
      event('tool.requested', { callId: 'c2' }),
      event('model.call', { turn }),
    ];

    expect(isGoodMomentToKill(after(...items))).toBe(true);
  });
});

describe('repeated', () => {
  it('names nothing when every effect was begun once', () => {
    expect(repeated(after(...effect('c0'), event('model.call', { turn })))).toEqual([]);
  });

  it('names an effect that was begun twice and an answer that counts twice', () => {
    const again = [event('effect.intent', { callId: 'c0' })];
    const answers = [event('model.call', { turn }), event('model.call', { turn })];

    expect(repeated(after(...effect('c0'), ...again, ...answers))).toEqual(['c0', turn]);
  });
});

describe('afterItem', () => {
  it('keeps the results of test runs in order', () => {
    const { tests } = after(
      ...effect('c0', { testsGreen: false }),
      ...effect('c1'),
      ...effect('c2', { testsGreen: true }),
    );

    expect(tests).toEqual([false, true]);
  });

  it('leaves the progress alone on words of the model and on events it does not know', () => {
    const words: WatchedItem = { type: 'delta', turn, attempt: 1, text: 'I look' };

    expect(after(words, event('run.status', { status: 'running' }))).toEqual(noProgress);
  });
});
