import type { Json } from '../json.ts';
import type { PlaybookVariable } from './playbook-entry.ts';
import { readValue } from './variable-value.ts';

/** What the comments on top of a playbook say. */
export interface PlaybookHeader {
  readonly service?: string;
  readonly description?: string;
  readonly rollback?: string;
  /** Names of variables it cannot run without. */
  readonly requires: readonly string[];
  /** Variables that it describes itself. */
  readonly variables: readonly PlaybookVariable[];
  /** Names of the secrets that open its vaults, by vault id. */
  readonly vaults: Readonly<Record<string, string>>;
}

/**
 * Reads lines such as `# holdfast:service=portal` before the first play. Keys are service, description, rollback,
 * requires (names with commas between), variable (`port:int=8080 TCP port`) and vault (`secret://NAME` or
 * `ID@secret://NAME`); the last two may be there more than once. The prefix `chiffon:` is read too. Other comments are
 * left alone.
 */
export function parseHeader(text: string): PlaybookHeader {
  const lines = headerLines(text);
  const last = (key: string): string | undefined => lines.findLast(([each]) => each === key)?.[1];
  const all = (key: string): readonly string[] =>
    lines.flatMap(([each, value]) => (each === key ? value : []));
  const [service, description, rollback] = ['service', 'description', 'rollback'].map(last);
  const requires = (last('requires') ?? '').split(',').map((name) => name.trim());
  return {
    ...(service === undefined ? {} : { service: service.toLowerCase() }),
    ...(description === undefined ? {} : { description }),
    ...(rollback === undefined ? {} : { rollback }),
    requires: requires.filter((name) => name !== ''),
    variables: all('variable').flatMap(variableOf),
    vaults: Object.fromEntries(all('vault').flatMap(vaultOf)),
  };
}

function headerLines(text: string): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  for (const line of text.split('\n')) {
    if (!/^\s*(?:#|---|$)/.test(line)) break;
    const [, key, value] = /^#\s*(?:holdfast|chiffon):([a-z]+)=(.*)$/.exec(line.trim()) ?? [];
    if (key !== undefined && value !== undefined && value.trim() !== '')
      found.push([key, value.trim()]);
  }
  return found;
}

/** `name:type=usual description`; all but the name may be missing. A usual value that does not fit is left out. */
function variableOf(text: string): PlaybookVariable | readonly [] {
  const parts = /^([A-Za-z_]\w*)(?::([a-z]+))?(?:=("[^"]*"|\S*))?(?:\s+(.*))?$/.exec(text);
  const [, name, type, usual, description] = parts ?? [];
  if (name === undefined) return [];
  return {
    name,
    source: 'comment',
    ...(type === undefined ? {} : { type }),
    ...(description === undefined ? {} : { description }),
    ...usually(usual?.replaceAll(/^"|"$/g, ''), type),
    isRequired: false,
  };
}

function usually(text: string | undefined, type: string | undefined): { readonly default?: Json } {
  const read = text === undefined ? undefined : readValue(text, type === undefined ? {} : { type });
  return read?.type === 'value' ? { default: read.value } : {};
}

function vaultOf(text: string): readonly (readonly [string, string])[] {
  const [, id = 'default', name] =
    /^(?:([A-Za-z0-9_-]{1,64})@)?secret:\/\/([a-z0-9._-]{1,64})$/.exec(text) ?? [];
  return name === undefined ? [] : [[id, name]];
}

/** The service of a playbook without a header: its file name up to the first dash, `kuma-deploy.yml` is for kuma. */
export function serviceOf(filename: string): string {
  return (filename.replace(/\.ya?ml$/, '').split('-')[0] ?? '').toLowerCase();
}
