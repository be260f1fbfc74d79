import { type FieldError, HoldfastError } from '../failures.ts';
import { isJsonObject } from '../json.ts';
import { assertKnownVariables } from './known-variables.ts';
import { nearestName } from './nearest-name.ts';
import { keysUnder, type SettingKey, settingKeys } from './setting-keys.ts';
import { parseSettings, type Settings, type SettingsIssue } from './settings-schema.ts';

/** Where a value comes from. */
export interface SettingOrigin {
  readonly layer: 'default' | 'file' | 'environment' | 'flag';
  /** File with line, variable or flag; absent for a default. */
  readonly name?: string;
}

/** The layers that are given, weakest first: file, environment, flags. Below them lie the defaults. */
export interface SettingLayers {
  /** The parsed file, and where in it a path stands (`holdfast.yaml:3:7`); undefined without a file. */
  readonly file: SettingsDocument | undefined;
  readonly variables: { readonly [name: string]: string | undefined };
  /** Flags that were given, by path of the setting. */
  readonly flags: { readonly [path: string]: { readonly flag: string; readonly value: string } };
}

/** A settings file as it was read. */
export interface SettingsDocument {
  readonly value: unknown;
  /** Place of a path, as `file:line:column`; the nearest one above when the path is not there. */
  readonly locate: (path: readonly (string | number)[]) => string;
}

/** Settings with the origin of each; the key of `origins` is the path with dots. */
export interface LayeredSettings {
  readonly settings: Settings;
  readonly origins: { readonly [path: string]: SettingOrigin };
}

/**
 * Lays the layers over each other and checks the result as a whole.
 * @throws {HoldfastError} invalid_argument naming each value that does not fit and where it comes from.
 */
export function layerSettings({ file, variables, flags }: SettingLayers): LayeredSettings {
  assertKnownVariables(variables, file?.value);
  const origins: Record<string, SettingOrigin> = {};
  const value = isJsonObject(file?.value) ? structuredCopy(file.value) : {};
  for (const path of file === undefined ? [] : leafPaths(file.value)) {
    origins[path.join('.')] = { layer: 'file', name: file?.locate(path) ?? 'file' };
  }
  for (const key of settingKeys) {
    const flag = Object.hasOwn(flags, key.path) ? flags[key.path] : undefined;
    const variable = key.variables.find((name) => (variables[name] ?? '') !== '');
    if (flag !== undefined) {
      put(value, key.path, convert(key, flag.value, flag.flag));
      origins[key.path] = { layer: 'flag', name: flag.flag };
    } else if (variable !== undefined) {
      put(
        value,
        key.path,
        convert(key, variables[variable] ?? '', `environment variable ${variable}`),
      );
      origins[key.path] = { layer: 'environment', name: variable };
    }
  }
  const parsed = parseSettings(file === undefined || isJsonObject(file.value) ? value : file.value);
  if (parsed.type === 'refused') throw refusal(parsed.issues, origins, file);
  for (const key of settingKeys) origins[key.path] ??= { layer: 'default' };
  return { settings: parsed.settings, origins };
}

/** Reads one value by its path with dots; undefined when it is not set. */
export function settingAt(settings: Settings, path: string): unknown {
  let value: unknown = settings;
  for (const part of path.split('.')) value = isJsonObject(value) ? value[part] : undefined;
  return value;
}

function convert(key: SettingKey, text: string, source: string): string | number {
  if (key.type === 'text') return text;
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  throw new HoldfastError('invalid_argument', `${source} must be a number`, {
    fieldErrors: [{ field: key.path, constraint: `expected a number from ${source}` }],
    suggestion: `set ${source.replace('environment variable ', '')} to a number, or leave it out`,
  });
}

function refusal(
  issues: readonly SettingsIssue[],
  origins: { readonly [path: string]: SettingOrigin },
  file: SettingsDocument | undefined,
): HoldfastError {
  const described = issues.flatMap((issue) => describe(issue, origins, file));
  const [first] = described;
  const lines = described.map(
    ({ source, error }) => `${source}: ${error.field}: ${error.constraint}`,
  );
  const message =
    lines.length > 1
      ? [`the settings have ${lines.length} mistakes`, ...lines].join('\n  ')
      : (lines[0] ?? 'the settings do not fit');
  return new HoldfastError('invalid_argument', message, {
    fieldErrors: described.map(({ error }) => error),
    ...(first?.suggestion === undefined ? {} : { suggestion: first.suggestion }),
  });
}

interface DescribedIssue {
  readonly source: string;
  readonly error: FieldError;
  readonly suggestion?: string;
}

function describe(
  issue: SettingsIssue,
  origins: { readonly [path: string]: SettingOrigin },
  file: SettingsDocument | undefined,
): readonly DescribedIssue[] {
  const parent = issue.path.join('.');
  if (issue.unknownKeys.length === 0) {
    const source = origins[parent]?.name ?? file?.locate(issue.path) ?? 'settings';
    return [
      {
        source,
        error: { field: parent === '' ? 'settings' : parent, constraint: issue.constraint },
      },
    ];
  }
  return issue.unknownKeys.map((key) => {
    const nearest = nearestName(key, keysUnder(parent));
    const source = file?.locate([...issue.path, key]) ?? 'settings';
    const field = parent === '' ? key : `${parent}.${key}`;
    const error = { field, constraint: 'there is no such setting' };
    if (nearest !== undefined) return { source, error, suggestion: `did you mean ${nearest}?` };
    const known = keysUnder(parent);
    const suggestion =
      known.length === 0
        ? 'infra/examples/holdfast.yaml shows every setting'
        : `known here: ${known.join(', ')}`;
    return { source, error, suggestion };
  });
}

function leafPaths(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (!isJsonObject(value)) return path.length === 0 ? [] : [path];
  return Object.entries(value).flatMap(([key, child]) => leafPaths(child, [...path, key]));
}

function structuredCopy(value: { readonly [key: string]: unknown }): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      isJsonObject(child) ? structuredCopy(child) : child,
    ]),
  );
}

function put(target: Record<string, unknown>, path: string, value: unknown): void {
  const [head = '', ...rest] = path.split('.');
  if (rest.length === 0) {
    Object.assign(target, { [head]: value });
    return;
  }
  const child = target[head];
  const inner = isJsonObject(child) ? structuredCopy(child) : {};
  put(inner, rest.join('.'), value);
  Object.assign(target, { [head]: inner });
}
