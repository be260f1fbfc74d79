import { isJsonObject } from '../../../domain/json.ts';
import { type SettingOrigin, settingAt } from '../../../domain/settings/layer-settings.ts';
import { maskPassword, maskPath } from '../../../domain/settings/mask-url.ts';
import { fileOnlyKeys, settingKeys } from '../../../domain/settings/setting-keys.ts';
import type { CommandContext } from '../command-context.ts';
import { renderTable } from '../output/table.ts';
import { readConfiguration } from '../instance/configuration-door.ts';

/** One setting as it is shown. */
interface ShownSetting {
  readonly path: string;
  readonly value: unknown;
  readonly origin: SettingOrigin;
}

/** Shows the settings in force, once they and the policies fit together; secrets are masked. */
export function runConfigShow(context: CommandContext, manner: 'plain' | 'with-origin'): void {
  const { home, environment: variables, output } = context;
  const { settings, origins } = readConfiguration({ home, variables, flags: {} });
  const paths = [...settingKeys.map((key) => key.path), ...fileOnlyKeys];
  const shown: readonly ShownSetting[] = [
    { path: 'home', value: home, origin: homeOrigin(variables['HOLDFAST_HOME']) },
    ...paths.map((path) => {
      const value = masked(path, settingAt(settings, path));
      return { path, value, origin: originOf(path, origins) };
    }),
  ].filter(({ value }) => value !== undefined);
  const document = Object.fromEntries(
    shown.map(({ path, value, origin }) => [path, manner === 'plain' ? value : { value, origin }]),
  );
  output.result({ settings: document }, () =>
    renderTable(
      {
        columns: [
          { title: 'setting' },
          { title: 'value', shrinksTo: 20 },
          ...(manner === 'plain' ? [] : [{ title: 'origin', shrinksTo: 12 }]),
        ],
        rows: shown.flatMap(({ path, value, origin }) =>
          leavesOf(path, value).map(([name, leaf]) => [
            name,
            typeof leaf === 'string' ? leaf : JSON.stringify(leaf),
            ...(manner === 'plain' ? [] : [originText(origin)]),
          ]),
        ),
      },
      output.width(),
    ),
  );
}

const secrets = new Set(settingKeys.filter((key) => key.isSecret).map((key) => key.path));

/** Who has the address of an incoming webhook can write there, so it is shown no further than its host. */
function masked(path: string, value: unknown): unknown {
  if (typeof value === 'string') return secrets.has(path) ? maskPassword(value) : value;
  if (path !== 'notifications' || !Array.isArray(value)) return value;
  return value.map((one: unknown) => {
    const url = isJsonObject(one) ? one['url'] : undefined;
    return isJsonObject(one) && typeof url === 'string' ? { ...one, url: maskPath(url) } : one;
  });
}

/** Lists and objects one value a line, by the paths that complaints about the file name; `rate: {}` says nothing. */
function leavesOf(path: string, value: unknown): readonly (readonly [string, unknown])[] {
  const isPlainList = Array.isArray(value) && value.every((each) => typeof each !== 'object');
  if (typeof value !== 'object' || value === null || isPlainList) return [[path, value]];
  if (Array.isArray(value) && value.length === 0) return [[path, value]];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(`${path}.${name}`, inner));
}

function originOf(
  path: string,
  origins: { readonly [path: string]: SettingOrigin },
): SettingOrigin {
  const inside = Object.keys(origins).find((key) => key === path || key.startsWith(`${path}.`));
  return (inside === undefined ? undefined : origins[inside]) ?? { layer: 'default' };
}

function homeOrigin(variable: string | undefined): SettingOrigin {
  return variable ? { layer: 'environment', name: 'HOLDFAST_HOME' } : { layer: 'default' };
}

function originText({ layer, name }: SettingOrigin): string {
  return name === undefined ? layer : `${layer} ${name}`;
}
