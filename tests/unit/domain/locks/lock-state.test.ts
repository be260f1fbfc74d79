import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import {
  afterRecorded,
  afterRelease,
  afterRequest,
  fits,
  freeLock,
  isFree,
  maxQueue,
  nextChange,
  withHolds,
  type LockChange,
  type LockHold,
  type LockRequest,
  type LockState,
} from '../../../../domain/locks/lock-state.ts';

function request(requestId: string, mode: LockRequest['mode'] = 'exclusive'): LockRequest {
  return { requestId, runId: `run/default/${requestId}`, callId: 'c', mode, purpose: 'p' };
}

/** Records as the database does: it judges every grant, and gives numbers that only grow. */
class Ledger {
  holds: LockHold[] = [];
  #fence = 0;
  readonly granted: { readonly requestId: string; readonly fence: number }[] = [];

  record({ leave, grant }: LockChange) {
    this.holds = this.holds.filter(({ requestId }) => !leave.includes(requestId));
    for (const wish of grant) {
      const modes = this.holds.map(({ mode }) => mode);
      if (!fits(wish.mode, modes)) break;
      this.#fence += 1;
      const { requestId, runId, mode } = wish;
      this.holds.push({ requestId, runId, mode, fence: this.#fence, leaseLeftMs: 1 });
      this.granted.push({ requestId, fence: this.#fence });
    }
    return { holds: [...this.holds], refused: [] };
  }

  lose(requestId: string): void {
    this.holds = this.holds.filter((hold) => hold.requestId !== requestId);
  }
}

/** Records until nothing is left to record. */
function settled(state: LockState, ledger: Ledger): LockState {
  let next = state;
  for (let round = 0; round < 1_000; round += 1) {
    const change = nextChange(next);
    if (change === undefined) return next;
    next = afterRecorded(next, change, ledger.record(change));
  }
  throw new Error('it is never done recording');
}

const act = fc.record({
  what: fc.constantFrom('ask', 'ask', 'give-back', 'lose', 'record'),
  who: fc.integer({ min: 0, max: 7 }).map(String),
  mode: fc.constantFrom('exclusive' as const, 'shared' as const),
});

describe('a lock', () => {
  it('is held by one alone or by those who share it, with numbers that grow, and comes free, whatever comes in which order', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const ledger = new Ledger();
        let state = freeLock;
        for (const { what, who, mode } of acts) {
          if (what === 'ask') state = afterRequest(state, request(who, mode));
          if (what === 'give-back') state = afterRelease(state, who);
          if (what === 'record') state = settled(state, ledger);
          if (what === 'lose') {
            ledger.lose(who);
            state = withHolds(state, [...ledger.holds]);
          }
          const modes = state.holds.map((hold) => hold.mode);
          expect(modes.length <= 1 || modes.every((each) => each === 'shared')).toBe(true);
          const ids = [...state.holds, ...state.queue].map(({ requestId }) => requestId);
          expect(new Set(ids).size).toBe(ids.length);
        }
        const fences = ledger.granted.map(({ fence }) => fence);
        expect(fences).toEqual(fences.toSorted((a, b) => a - b));
        // Everybody gives it back: nobody waits for ever.
        for (let round = 0; !isFree(state); round += 1) {
          expect(round).toBeLessThan(100);
          for (const { requestId } of state.holds) state = afterRelease(state, requestId);
          state = settled(state, ledger);
        }
        expect(ledger.holds).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('is given first come first: who shares it does not overtake who wants it alone', () => {
    const ledger = new Ledger();
    let state = freeLock;
    const wishes = [
      request('a', 'shared'),
      request('b'),
      request('c', 'shared'),
      request('d', 'shared'),
    ];
    for (const wish of wishes) state = afterRequest(state, wish);

    state = settled(state, ledger);
    expect(state.holds.map(({ requestId }) => requestId)).toEqual(['a']);
    state = settled(afterRelease(state, 'a'), ledger);
    expect(state.holds.map(({ requestId }) => requestId)).toEqual(['b']);
    state = settled(afterRelease(state, 'b'), ledger);
    expect(state.holds.map(({ requestId }) => requestId)).toEqual(['c', 'd']);
  });

  it('hears a wish once, and no more of them than it can carry', () => {
    const two = afterRequest(afterRequest(freeLock, request('a')), request('a'));
    let full = freeLock;
    for (let index = 0; index <= maxQueue; index += 1) {
      full = afterRequest(full, request(String(index)));
    }

    expect(two.queue).toHaveLength(1);
    expect(full.queue).toHaveLength(maxQueue);
    expect(JSON.stringify(full).length).toBeLessThan(128 * 1024);
  });

  it('keeps what came while a change was being recorded, and drops wishes of runs that are gone', () => {
    const asked = afterRequest(afterRequest(freeLock, request('a')), request('gone'));
    const change = nextChange(asked);
    if (change === undefined) throw new Error('there is something to record');
    const meanwhile = afterRequest(asked, request('late'));
    const holds = new Ledger().record(change).holds;

    const state = afterRecorded(meanwhile, change, { holds, refused: ['gone'] });

    expect(state.queue.map(({ requestId }) => requestId)).toEqual(['late']);
    expect(nextChange(state)).toMatchObject({ grant: [], queue: [{ requestId: 'late' }] });
  });
});
