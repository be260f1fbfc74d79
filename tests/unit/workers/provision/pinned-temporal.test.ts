import { describe, expect, it } from '@jest/globals';

import {
  isVersionAtLeast,
  parseTemporalVersion,
  pinnedTemporal,
} from '../../../../workers/provision/pinned-temporal.ts';

describe('parseTemporalVersion', () => {
  it.each([
    ['temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)', '1.9.1'],
    ['temporal version v1.10.0', '1.10.0'],
    ['bash: temporal: command not found', undefined],
    ['', undefined],
  ])('reads %s', (text, version) => {
    expect(parseTemporalVersion(text)).toBe(version);
  });
});

describe('isVersionAtLeast', () => {
  it.each([
    ['1.9.0', '1.9.0', true],
    ['1.10.0', '1.9.0', true],
    ['2.0.0', '1.9.0', true],
    ['1.8.9', '1.9.0', false],
    ['0.99.0', '1.9.0', false],
  ])('%s against %s is %s', (version, oldest, isEnough) => {
    expect(isVersionAtLeast(version, oldest)).toBe(isEnough);
  });
});

describe('pinnedTemporal', () => {
  it.each(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'])(
    'pins wheel and program of %s',
    (place) => {
      const [platform = '', architecture = ''] = place.split('-');

      const pin = pinnedTemporal(platform, architecture);

      expect(pin?.wheel).toMatch(/^[0-9a-f]{64}$/);
      expect(pin?.program).toMatch(/^[0-9a-f]{64}$/);
    },
  );

  it('has none for other platforms', () => {
    expect(pinnedTemporal('win32', 'x64')).toBeUndefined();
    expect(pinnedTemporal('__proto__', '')).toBeUndefined();
  });
});
