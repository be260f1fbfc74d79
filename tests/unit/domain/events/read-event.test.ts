import { describe, expect, it } from '@jest/globals';

import { readEvent, type StoredEvent } from '../../../../domain/events/read-event.ts';

const stored: StoredEvent = {
  runId: 'run/default/r1',
  seq: 3,
  tenant: 'default',
  schemaVersion: 1,
  type: 'run.paused',
  at: '2026-01-01T00:00:00.000Z',
  data: { reason: 'person', message: 'paused by ada' },
};

describe('readEvent', () => {
  it('gives the event with the version that it was written in', () => {
    expect(readEvent(stored)).toEqual({
      type: 'event',
      event: { ...stored, id: 'run/default/r1#3', correlationId: 'run/default/r1' },
    });
  });

  it('keeps fields and types that are newer than the reader', () => {
    const data = { reason: 'person', message: 'paused by ada', since: { at: 'noon' } };

    expect(readEvent({ ...stored, data })).toMatchObject({ type: 'event', event: { data } });
    expect(readEvent({ ...stored, type: 'moon.landed' })).toMatchObject({ type: 'event' });
  });

  it('fills in what was added after the event was written', () => {
    const data = { turn: 't1', reason: 'error', fromModel: 'a', toModel: 'b', code: 'timeout' };

    expect(readEvent({ ...stored, type: 'model.fallback', data })).toMatchObject({
      type: 'event',
      event: { data: { ...data, tokens: null, costMicroUsd: null, errors: [] } },
    });
  });

  it('refuses a newer version and says which one it reads', () => {
    expect(readEvent({ ...stored, schemaVersion: 2, data: 'of another shape' })).toEqual({
      type: 'refused',
      refused: {
        id: 'run/default/r1#3',
        runId: 'run/default/r1',
        seq: 3,
        event: 'run.paused',
        eventVersion: 2,
        error: {
          code: 'invalid_argument',
          message: 'event 3 (run.paused) is of version 2; this program reads up to 1',
          suggestion: 'read it with the newer holdfast that wrote it',
        },
      },
    });
  });

  it.each([
    ['a missing field', { data: { reason: 'person' } }, 'data.message'],
    ['data that is none', { data: 'text' }, 'data'],
    ['a version that never was', { schemaVersion: 0 }, 'schemaVersion'],
  ])('refuses %s and names it', (_, change, named) => {
    expect(readEvent({ ...stored, ...change })).toMatchObject({
      type: 'refused',
      refused: { error: { code: 'invalid_argument', message: expect.stringContaining(named) } },
    });
  });
});
