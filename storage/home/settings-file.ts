import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

import { HoldfastError } from '../../domain/failures.ts';
import {
  type LayeredSettings,
  layerSettings,
  type SettingLayers,
  type SettingsDocument,
} from '../../domain/settings/layer-settings.ts';
import { homePaths } from './home-paths.ts';

/** More aliases than that are an attempt to blow up memory. */
const maxAliases = 100;

/** Which settings to load. */
export interface LoadSettingsOptions {
  readonly home: string;
  readonly variables: SettingLayers['variables'];
  readonly flags: SettingLayers['flags'];
}

/**
 * Loads the settings of a data folder: defaults, `holdfast.yaml` there (or the file that `HOLDFAST_CONFIG` names),
 * environment, flags. A file in the working folder is never read: a repository must not choose where its code is sent.
 *
 * @throws {HoldfastError} invalid_argument with file, line and column.
 */
export function loadSettings({ home, variables, flags }: LoadSettingsOptions): LayeredSettings {
  const named = variables['HOLDFAST_CONFIG'];
  const path = named === undefined || named === '' ? homePaths(home).settingsFile : named;
  if (path !== named && !existsSync(path))
    return layerSettings({ file: undefined, variables, flags });
  return layerSettings({ file: readSettingsFile(path), variables, flags });
}

/** What a YAML file is called, and what checks it. */
export interface FileWords {
  readonly what: string;
  readonly check: string;
}

const settingsWords: FileWords = { what: 'settings file', check: 'holdfast config show' };

/** Reads a YAML file and remembers where each value stands. */
export function readSettingsFile(path: string, words = settingsWords): SettingsDocument {
  const name = basename(path);
  const lines = new LineCounter();
  const document = parseDocument(readText(path, words), {
    lineCounter: lines,
    prettyErrors: false,
    strict: true,
  });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    const faults = problems.map(({ pos, message }) => `${place(pos[0])}: ${message}`);
    throw badYaml(faults, words);
  }
  const value = toValue(() => document.toJS({ maxAliasCount: maxAliases }), name, words);
  return {
    value: value ?? {},
    locate: (keys) => place(offsetOf(document.contents, keys)),
  };
}

function readText(path: string, { what }: FileWords): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new HoldfastError('invalid_argument', `the ${what} ${path} cannot be read`, {
      suggestion: 'mend its path or mode, or leave it out',
      cause,
    });
  }
}

function toValue(convert: () => unknown, name: string, words: FileWords): unknown {
  try {
    return convert();
  } catch (cause) {
    throw badYaml([`${name}: ${cause instanceof Error ? cause.message : String(cause)}`], words);
  }
}

function offsetOf(contents: Node | null, keys: readonly (string | number)[]): number {
  let node: unknown = contents;
  let offset = contents?.range?.[0] ?? 0;
  for (const key of keys) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isScalar(item.key) && String(item.key.value) === String(key),
      );
      if (pair === undefined) return offset;
      offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
      node = pair.value;
    } else if (isSeq(node) && typeof key === 'number') {
      node = node.items[key];
      offset = isScalar(node) || isMap(node) || isSeq(node) ? (node.range?.[0] ?? offset) : offset;
    } else return offset;
  }
  return offset;
}

/** Most faults of the syntax that are told at once: one often leads to others. */
const maxTold = 5;

function badYaml(faults: readonly string[], { check }: FileWords): HoldfastError {
  return new HoldfastError('invalid_argument', faults.slice(0, maxTold).join('\n'), {
    suggestion: `mend the file; \`${check}\` checks it`,
  });
}
