import { describe, expect, it } from '@jest/globals';

import { endOfAbandoned } from '../../../../domain/upkeep/abandoned.ts';

describe('endOfAbandoned', () => {
  it('says nothing of a run that is open', () => {
    expect(endOfAbandoned({ type: 'open' })).toBeUndefined();
  });

  it.each([
    [
      { type: 'closed', as: 'TERMINATED', reason: 'enough' },
      'cancelled',
      'terminated in Temporal: enough',
    ],
    [{ type: 'closed', as: 'TERMINATED' }, 'cancelled', 'terminated in Temporal'],
    [{ type: 'closed', as: 'CANCELLED' }, 'cancelled', 'cancelled in Temporal'],
    [{ type: 'closed', as: 'TIMED_OUT' }, 'timed_out', 'timed out in Temporal'],
    [{ type: 'closed', as: 'FAILED' }, 'failed', 'its workflow failed in Temporal'],
    [{ type: 'gone' }, 'failed', 'its workflow is gone from Temporal'],
  ] as const)('tells how %p ended', (seen, status, message) => {
    expect(endOfAbandoned(seen)).toMatchObject({ status, message });
  });
});
