import { describe, expect, it } from '@jest/globals';

import { eventDataSchemas, eventSchema } from '../../../../domain/events/event-schema.ts';
import { eventTypes } from '../../../../domain/events/event-types.ts';

const event = {
  id: 'run/default/r1#1',
  seq: 1,
  schemaVersion: 1,
  type: 'run.paused',
  at: '2026-01-01T00:00:00.000Z',
  tenant: 'default',
  runId: 'run/default/r1',
  correlationId: 'run/default/r1',
  data: { reason: 'person', message: 'paused by ada' },
};

describe('eventSchema', () => {
  it('has a schema for every type of the catalogue, and for no other', () => {
    expect(Object.keys(eventDataSchemas).toSorted()).toEqual([...eventTypes].toSorted());
  });

  it('takes an event, also with fields that are newer than the reader', () => {
    const newer = { ...event, data: { ...event.data, since: 'yesterday' } };

    expect(eventSchema.safeParse(event).success).toBe(true);
    expect(eventSchema.safeParse(newer).success).toBe(true);
    expect(eventSchema.safeParse({ ...event, type: 'moon.landed', data: {} }).success).toBe(true);
  });

  it.each([
    ['another major version', { schemaVersion: 2 }],
    ['a missing field', { data: { reason: 'person' } }],
    ['a number below 1', { seq: 0 }],
    ['a time that is none', { at: 'yesterday' }],
  ])('refuses %s', (_, change) => {
    expect(eventSchema.safeParse({ ...event, ...change }).success).toBe(false);
  });
});
