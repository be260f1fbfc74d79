import { describe, expect, it } from '@jest/globals';

import { changedSettings } from '../../../../domain/settings/changed-settings.ts';
import { settingsSchema } from '../../../../domain/settings/settings-schema.ts';

const settings = (given: object) => settingsSchema.parse(given);
const start = settings({});

describe('changedSettings', () => {
  it.each([
    ['nothing', {}, { applied: [], atNextStart: [], worker: 'stays' }],
    ['the policy', { policy: 'x' }, { applied: ['policy'], atNextStart: [], worker: 'stays' }],
    [
      'what a worker reads at its start',
      { allowedHosts: ['a'], maxParallel: 3 },
      { applied: ['allowedHosts', 'maxParallel'], atNextStart: [], worker: 'begins-anew' },
    ],
    [
      'secrets, which a worker reads anew on the same signal',
      { secrets: { token: { env: 'TOKEN' } } },
      { applied: ['secrets'], atNextStart: [], worker: 'stays' },
    ],
    [
      'what the servers are',
      { ports: { postgres: 1 }, temporal: { namespace: 'n' }, databaseUrl: 'postgres://h/d' },
      { applied: [], atNextStart: ['databaseUrl', 'ports', 'temporal'], worker: 'stays' },
    ],
  ])('tells of %s', (_, given, expected) => {
    expect(changedSettings({ atStart: start, before: start }, settings(given))).toEqual(expected);
  });

  it('goes on naming what waits for the next start, until it is taken back', () => {
    const now = settings({ ports: { postgres: 1 } });

    const again = changedSettings({ atStart: start, before: now }, now);
    const back = changedSettings({ atStart: start, before: now }, start);

    expect(again.atNextStart).toEqual(['ports']);
    expect(back).toEqual({ applied: [], atNextStart: [], worker: 'stays' });
  });
});
