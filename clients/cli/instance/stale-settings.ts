import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { CommandContext } from '../command-context.ts';
import { homePaths, loadSettings, readInstance } from './home-door.ts';

/**
 * Says that settings or policies were changed after the running instance had read them, and what to do; undefined when
 * they are as they were or nothing runs.
 */
export function staleSettings(context: CommandContext): string | undefined {
  const state = readInstance(context.home, context.sendSignal);
  if (state.type !== 'running') return undefined;
  const { configuredAt, startedAt } = state.record;
  const readMs = Date.parse(configuredAt ?? startedAt);
  const changed = configurationFiles(context).filter((path) => changedMs(path) > readMs);
  if (changed.length === 0) return undefined;
  const names = changed.map((path) => basename(path)).join(', ');
  return `${names} changed after the instance read it; to use it: holdfast config apply`;
}

function configurationFiles({ home, environment }: CommandContext): readonly string[] {
  const named = environment['HOLDFAST_CONFIG'];
  const settings = named === undefined || named === '' ? homePaths(home).settingsFile : named;
  const folder = policiesFolder({ home, environment });
  return [settings, ...yamlFiles(folder).map((file) => join(folder, file))];
}

function policiesFolder({
  home,
  environment: variables,
}: Pick<CommandContext, 'home' | 'environment'>): string {
  const usual = join(home, 'policies');
  try {
    return loadSettings({ home, variables, flags: {} }).settings.policiesFolder ?? usual;
  } catch {
    // Settings that do not fit are told by the commands that need them.
    return usual;
  }
}

function yamlFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((file) => /\.ya?ml$/.test(file));
  } catch {
    return [];
  }
}

/** When the file was written or put in its place; never, when it is not there. */
function changedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? Number.NEGATIVE_INFINITY;
}
