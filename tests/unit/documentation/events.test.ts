import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { eventTypes } from '../../../domain/events/event-types.ts';

describe('the page of events', () => {
  it('names every type of the catalogue, and no other', () => {
    const page = readFileSync(
      new URL('../../../docs/reference/events.md', import.meta.url),
      'utf8',
    );
    const rows = page.split('\n').filter((row) => row.startsWith('| `'));
    const named = rows.flatMap((row) =>
      [...row.matchAll(/`([a-z-]+\.[a-z]+)`/g)].map(([, name = '']) => name),
    );

    expect(named.toSorted()).toEqual([...eventTypes].toSorted());
  });
});
