import { describe, expect, it } from '@jest/globals';

import { letterOfEvent } from '../../../../domain/dead-letters/letter-of-event.ts';

describe('letterOfEvent', () => {
  it('makes a letter of a message that did not fit its schema', () => {
    const data = { signal: 'approve', reason: 'approvalId: must be a text', invalid: true };

    expect(letterOfEvent({ type: 'message.refused', data })).toEqual({
      kind: 'message',
      tool: 'approve',
      args: null,
      code: 'invalid_argument',
      message: 'approvalId: must be a text',
      retries: 0,
    });
  });

  it.each([
    ['message.refused', { signal: 'approve', reason: 'it was decided' }],
    ['tool.error', { invalid: true }],
  ] as const)('makes none of another event: %s', (type, data) => {
    expect(letterOfEvent({ type, data })).toBeUndefined();
  });
});
