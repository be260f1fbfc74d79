import { describe, expect, it } from '@jest/globals';

import {
  chooseDemoModel,
  type ConfiguredModels,
} from '../../../../../clients/cli/demo/demo-model.ts';
import { settingsSchema } from '../../../../../domain/settings/settings-schema.ts';

function configured(settings: object, ...names: readonly string[]): ConfiguredModels {
  return {
    settings: settingsSchema.parse(settings),
    definitions: names.map((name) => ({ name })),
  };
}

const work = { models: [{ key: 'work', model: 'qwen3:8b' }] };

describe('chooseDemoModel', () => {
  it('plays the script when no model is configured', () => {
    const model = chooseDemoModel(undefined, configured({}));

    expect(model).toEqual({ type: 'rehearsal', isAskedFor: false });
  });

  it('does not take the entry of an earlier rehearsal for a model', () => {
    const model = chooseDemoModel(undefined, configured({}, 'rehearsal'));

    expect(model).toEqual({ type: 'rehearsal', isAskedFor: false });
  });

  it('leaves the choice to the configured chain', () => {
    const model = chooseDemoModel(undefined, configured(work, 'rehearsal', 'work'));

    expect(model).toEqual({ type: 'configured', key: undefined, label: 'work' });
  });

  it('names a model that only the instance knows', () => {
    const model = chooseDemoModel(undefined, configured({}, 'environment'));

    expect(model).toEqual({ type: 'configured', key: 'environment', label: 'environment' });
  });

  it('takes the model that was asked for, and the script when that was', () => {
    const models = configured(work, 'work', 'strong');

    expect(chooseDemoModel('strong', models)).toEqual({
      type: 'configured',
      key: 'strong',
      label: 'strong',
    });
    expect(chooseDemoModel('rehearsal', models)).toEqual({ type: 'rehearsal', isAskedFor: true });
  });

  it('refuses a model that nobody knows, and names those that are known', () => {
    expect(() => chooseDemoModel('strnog', configured(work, 'work'))).toThrow(
      'there is no model "strnog"; known: work, rehearsal',
    );
  });
});
