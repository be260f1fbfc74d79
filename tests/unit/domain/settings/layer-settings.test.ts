import { describe, expect, it } from '@jest/globals';

import { HoldfastError } from '../../../../domain/failures.ts';
import { layerSettings, type SettingLayers } from '../../../../domain/settings/layer-settings.ts';
import { fileOnlyKeys, settingKeys } from '../../../../domain/settings/setting-keys.ts';
import { settingsSchema } from '../../../../domain/settings/settings-schema.ts';

function layers(overrides: Partial<SettingLayers> = {}): SettingLayers {
  return { file: undefined, variables: {}, flags: {}, ...overrides };
}

function file(value: unknown): SettingLayers['file'] {
  return { value, locate: (path) => `holdfast.yaml:${path.join('.')}` };
}

function refusal(given: SettingLayers): HoldfastError {
  try {
    layerSettings(given);
  } catch (error) {
    if (error instanceof HoldfastError) return error;
  }
  throw new Error('was accepted');
}

describe('layerSettings', () => {
  const flag = { 'ports.temporal': { flag: '--temporal-port', value: '4' } };
  const variable = { HOLDFAST_PORTS_TEMPORAL: '3' };
  const document = file({ ports: { temporal: 2 } });

  it.each([
    ['the default', layers(), { port: 7233, origin: { layer: 'default' } }],
    [
      'the file over the default',
      layers({ file: document }),
      { port: 2, origin: { layer: 'file', name: 'holdfast.yaml:ports.temporal' } },
    ],
    [
      'the environment over the file',
      layers({ file: document, variables: variable }),
      { port: 3, origin: { layer: 'environment', name: 'HOLDFAST_PORTS_TEMPORAL' } },
    ],
    [
      'the flag over all',
      layers({ file: document, variables: variable, flags: flag }),
      { port: 4, origin: { layer: 'flag', name: '--temporal-port' } },
    ],
  ])('takes %s', (_, given, { port, origin }) => {
    const { settings, origins } = layerSettings(given);

    expect(settings.ports.temporal).toBe(port);
    expect(origins['ports.temporal']).toEqual(origin);
  });

  it('keeps neighbours in the file when the environment sets one value', () => {
    const { settings } = layerSettings(
      layers({
        file: file({ ports: { postgres: 9 } }),
        variables: { HOLDFAST_PORTS_TEMPORAL: '3' },
      }),
    );

    expect(settings.ports).toEqual({ temporal: 3, temporalUi: 8233, postgres: 9 });
  });

  it('takes the names that other tools use, after ours', () => {
    const variables = {
      TEMPORAL_NAMESPACE: 'other',
      DATABASE_URL: 'postgresql://b/c',
      HOLDFAST_DATABASE_URL: 'postgresql://a/c',
    };

    const { settings } = layerSettings(layers({ variables }));

    expect(settings.temporal.namespace).toBe('other');
    expect(settings.databaseUrl).toBe('postgresql://a/c');
  });

  it('names variable and type of a number that is none', () => {
    const error = refusal(layers({ variables: { HOLDFAST_MAX_PARALLEL: 'abc' } }));

    expect(error.code).toBe('invalid_argument');
    expect(error.message).toBe('environment variable HOLDFAST_MAX_PARALLEL must be a number');
  });

  it('never repeats the value of a secret', () => {
    const error = refusal(layers({ variables: { DATABASE_URL: 'mysql://user:hunter2@host/x' } }));

    expect(error.message).toContain('DATABASE_URL');
    expect(JSON.stringify([error.message, error.fieldErrors, error.suggestion])).not.toContain(
      'hunter2',
    );
  });

  it.each([
    [{ maxParalel: 4 }, 'did you mean maxParallel?'],
    [{ ports: { temporl: 4 } }, 'did you mean temporal?'],
    [{ zebra: 1 }, 'known here: '],
  ])('refuses the unknown key of %j', (value, suggestion) => {
    const error = refusal(layers({ file: file(value) }));

    expect(error.code).toBe('invalid_argument');
    expect(error.suggestion).toContain(suggestion);
    expect(error.message).toContain('there is no such setting');
  });

  it.each([[[]], ['text'], [7]])('refuses a file that is no object: %j', (value) => {
    expect(refusal(layers({ file: file(value) })).code).toBe('invalid_argument');
  });

  it('knows every single value of the schema as a key', () => {
    const filled = settingsSchema.parse({});
    const paths = Object.entries(filled).flatMap(([name, value]) =>
      typeof value === 'object' && !Array.isArray(value)
        ? Object.keys(value).map((key) => `${name}.${key}`)
        : [name],
    );
    const keys = new Set([...settingKeys.map((key) => key.path), ...fileOnlyKeys]);

    expect(paths.filter((path) => !keys.has(path))).toEqual([]);
  });
});
