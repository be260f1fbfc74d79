import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import {
  areLocksOf,
  lackedLock,
  lockWait,
  newCallLocks,
  tokensOf,
  waitInWords,
  withGranted,
  withStanding,
} from '../../../../domain/locks/call-locks.ts';
import { coversLocks, inLockOrder, isLockName } from '../../../../domain/locks/lock-name.ts';

const locks = inLockOrder([
  { name: 'host:h2', mode: 'shared' },
  { name: 'host:h1', mode: 'exclusive' },
]);
let count = 0;
const newId = (): string => `request-${(count += 1)}`;

describe('names of locks', () => {
  it.each(['host:h1', 'group:web', 'service:db', 'repo:example.org/a/b', 'host:web1.example.org'])(
    'are such as %s',
    (name) => expect(isLockName(name)).toBe(true),
  );

  it.each(['h1', 'host:', 'disk:h1', 'host:a b', 'host:a\0', `host:${'x'.repeat(201)}`])(
    'are not such as %j',
    (name) => expect(isLockName(name)).toBe(false),
  );

  it('have one order for everybody, and each stands in it once, exclusively if anybody wants that', () => {
    const wanted = fc.record({
      name: fc.constantFrom('host:a', 'host:b', 'group:a', 'repo:z', 'service:m'),
      mode: fc.constantFrom('exclusive' as const, 'shared' as const),
    });
    fc.assert(
      fc.property(fc.array(wanted), (asked) => {
        const ordered = inLockOrder(asked);
        const names = ordered.map(({ name }) => name);
        expect(names).toEqual([...new Set(asked.map(({ name }) => name))].toSorted());
        expect(inLockOrder(asked.toReversed())).toEqual(ordered);
        const alone = asked.filter(({ mode }) => mode === 'exclusive');
        expect(ordered).toEqual(expect.arrayContaining(alone));
      }),
    );
  });
});

describe('the locks of a call', () => {
  it('are taken in order, and none is missing once all are granted', () => {
    let held = newCallLocks({ callId: 'c', locks }, { sinceMs: 1, newId });
    const [first, second] = held.locks;
    if (first === undefined || second === undefined) throw new Error('there are two');
    expect(lackedLock(held)?.name).toBe('host:h1');

    held = withStanding(held, first.requestId, { type: 'waiting', place: 2, heldBy: ['k1'] });
    expect(lockWait(held)).toBe('waits for host:h1, 2nd in the queue, held by run k1');
    held = withGranted(held, { requestId: first.requestId, name: 'host:h1', fence: 7 });
    // What was asked before the grant came says something older.
    held = withStanding(held, first.requestId, { type: 'waiting', place: 1, heldBy: ['k1'] });
    expect(lackedLock(held)?.name).toBe('host:h2');
    expect(coversLocks(tokensOf(held), locks)).toBe(false);

    held = withStanding(held, second.requestId, { type: 'held', fence: 3 });
    expect(lackedLock(held)).toBeUndefined();
    expect(lockWait(held)).toBeUndefined();
    expect(tokensOf(held)).toEqual([
      { name: 'host:h1', fence: 7 },
      { name: 'host:h2', fence: 3 },
    ]);
    expect(coversLocks(tokensOf(held), locks)).toBe(true);
  });

  it('take no grant that was not asked for', () => {
    const held = newCallLocks({ callId: 'c', locks }, { sinceMs: 1, newId });
    const requestId = held.locks[0]?.requestId ?? '';

    expect(withGranted(held, { requestId: 'other', name: 'host:h1', fence: 7 })).toEqual(held);
    expect(withGranted(held, { requestId, name: 'host:h2', fence: 7 })).toEqual(held);
  });

  it('are those of the call as long as it needs the same ones', () => {
    const held = newCallLocks({ callId: 'c', locks }, { sinceMs: 1, newId });

    expect(areLocksOf(held, { callId: 'c', locks })).toBe(true);
    expect(areLocksOf(held, { callId: 'd', locks })).toBe(false);
    expect(areLocksOf(held, { callId: 'c', locks: locks.slice(1) })).toBe(false);
  });

  it.each([
    [1, '1st'],
    [2, '2nd'],
    [3, '3rd'],
    [4, '4th'],
    [11, '11th'],
    [12, '12th'],
    [13, '13th'],
    [21, '21st'],
    [112, '112th'],
  ])('say the place %d as %s', (place, words) => {
    expect(waitInWords({ name: 'host:h1', place })).toBe(
      `waits for host:h1, ${words} in the queue`,
    );
  });
});
