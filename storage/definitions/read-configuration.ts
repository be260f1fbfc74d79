import type { LayeredSettings } from '../../domain/settings/layer-settings.ts';
import { loadSettings, type LoadSettingsOptions } from '../home/settings-file.ts';
import type { NewDefinition } from './definitions.ts';
import { gatherDefinitions, type Configuration } from './gather-definitions.ts';
import { policiesFolderOf } from './read-policies.ts';

/** Settings and policies of a data folder that fit together. */
export interface ReadConfiguration extends LayeredSettings {
  readonly configuration: Configuration;
  readonly definitions: readonly NewDefinition[];
}

/**
 * Reads the settings and policies of a data folder and checks them as a whole, as an instance does when it starts; needs
 * no database.
 *
 * @throws {HoldfastError} invalid_argument with file, line and column of what does not fit.
 */
export function readConfiguration(options: LoadSettingsOptions): ReadConfiguration {
  const { settings, origins } = loadSettings(options);
  const { home, variables } = options;
  const policiesFolder = policiesFolderOf(home, settings);
  const configuration = { settings, origins, policiesFolder, variables };
  return { settings, origins, configuration, definitions: gatherDefinitions(configuration) };
}
