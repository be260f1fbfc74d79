import { HoldfastError } from '../../../domain/failures.ts';
import type { CommandContext } from '../command-context.ts';
import {
  policiesFolderOf,
  readConfiguration,
  readPolicies,
} from '../instance/configuration-door.ts';
import { loadSettings } from '../instance/home-door.ts';
import type { Finding } from './finding.ts';

/** Checks settings and policies as an instance does when it starts. */
export function checkConfiguration({
  home,
  environment: variables,
}: CommandContext): readonly Finding[] {
  const place = { home, variables, flags: {} };
  const settings = finding('settings', 'holdfast config show', () => {
    const { policy, models } = loadSettings(place).settings;
    return `policy ${policy}, ${countText(models.length)} configured`;
  });
  if (settings.level !== 'ok') return [settings];
  const policies = finding('policies', 'holdfast policies list', () => {
    const profiles = readPolicies(policiesFolderOf(home, loadSettings(place).settings));
    const own = profiles.filter(({ origin }) => origin !== 'built-in');
    const names = own.map(({ profile }) => profile.name).join(', ');
    return own.length === 0 ? 'the presets' : `the presets and ${names}`;
  });
  if (policies.level !== 'ok') return [settings, policies];
  const together = finding('settings', 'holdfast config show', () => {
    readConfiguration(place);
    return settings.detail;
  });
  return [together, policies];
}

function finding(name: string, mend: string, look: () => string): Finding {
  try {
    return { name, level: 'ok', detail: look() };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return { name, level: 'error', detail: error.message, mend: error.suggestion ?? mend };
  }
}

function countText(models: number): string {
  if (models === 0) return 'no model';
  return models === 1 ? '1 model' : `${models} models`;
}
