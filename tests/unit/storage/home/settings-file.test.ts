import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { loadSettings } from '../../../../storage/home/settings-file.ts';

function load(yaml: string): ReturnType<typeof loadSettings> {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-settings-'));
  writeFileSync(join(home, 'holdfast.yaml'), yaml);
  return loadSettings({ home, variables: {}, flags: {} });
}

describe('loadSettings', () => {
  it('gives the defaults without a file', () => {
    const home = mkdtempSync(join(tmpdir(), 'holdfast-settings-'));

    expect(loadSettings({ home, variables: {}, flags: {} }).settings.ports.temporal).toBe(7233);
  });

  it('gives the defaults for a file of comments', () => {
    expect(load('# nothing yet\n').settings.policy).toBe('headless-safe-sandbox');
  });

  it('says where in the file a value stands', () => {
    const { settings, origins } = load('policy: plan-readonly\nports:\n  temporal: 9000\n');

    expect(settings.ports.temporal).toBe(9000);
    expect(origins['ports.temporal']).toEqual({ layer: 'file', name: 'holdfast.yaml:3:3' });
  });

  it.each([
    ['a syntax error', 'policy: [1\nports: 2\n', 'holdfast.yaml:2:1: '],
    ['an unknown key', 'policy: x\nmaxParalel: 4\n', 'holdfast.yaml:2:1: maxParalel: '],
    ['a wrong type', 'ports:\n  postgres: many\n', 'holdfast.yaml:2:3: ports.postgres: '],
    [
      'a value inside a list',
      'models:\n  - key: a\n    model: m\n    timeoutSeconds: 0\n',
      'holdfast.yaml:4:5: models.0.timeoutSeconds: ',
    ],
    ['a key that stands twice', 'policy: x\npolicy: y\n', 'holdfast.yaml:2:1: '],
  ])('names line and column of %s', (_, yaml, start) => {
    expect(() => load(yaml)).toThrow(
      expect.objectContaining({
        code: 'invalid_argument',
        message: expect.stringContaining(start),
      }),
    );
  });

  it('names every value that does not fit, in plain words', () => {
    expect(() => load('ports:\n  postgres: many\nmaxParallel: 0\n')).toThrow(
      expect.objectContaining({
        message:
          'the settings have 2 mistakes\n  holdfast.yaml:3:1: maxParallel: must be at least 1\n  holdfast.yaml:2:3: ports.postgres: must be a number',
      }),
    );
  });

  it('refuses a file whose aliases multiply', () => {
    const levels = Array.from({ length: 12 }, (_, level) =>
      level === 0 ? 'a0: &a0 [x, x]' : `a${level}: &a${level} [${`*a${level - 1}, `.repeat(9)}x]`,
    );

    expect(() => load(levels.join('\n'))).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
  });

  it('refuses a file that is named and not there', () => {
    expect(() =>
      loadSettings({
        home: '/nowhere',
        variables: { HOLDFAST_CONFIG: '/nowhere/x.yaml' },
        flags: {},
      }),
    ).toThrow('/nowhere/x.yaml cannot be read');
  });
});
