import { dirname, posix } from 'node:path';

import { isJson, isJsonObject } from '../../../domain/json.ts';
import type { PlaybookVariable } from '../../../domain/playbooks/playbook-entry.ts';
import { typeOfValue } from '../../../domain/playbooks/variable-value.ts';
import { encrypted } from './parse-yaml.ts';
import type { UsedRole } from './read-plays.ts';

/** Parsed files by path; what could not be read is not there. */
export type ParsedFiles = ReadonlyMap<string, unknown>;

/**
 * The variables that a role takes: what its argument_specs declare, then its other defaults. Required is what the
 * argument_specs require and neither the role's defaults nor the playbook gives.
 */
export function roleVariables(
  playbook: string,
  role: UsedRole,
  files: ParsedFiles,
): readonly PlaybookVariable[] {
  const folder = roleFolder(playbook, role.name, files);
  if (folder === undefined) return [];
  const defaults = mappingAt(files, `${folder}/defaults/main`);
  const options = specOptions(files, folder, role.entryPoint);
  const declared = Object.entries(options).map(([name, option]) => {
    const spec = asMapping(option);
    const {
      type,
      elements,
      choices,
      description,
      required,
      default: usual = defaults[name],
    } = spec;
    const text = Array.isArray(description) ? description.join(' ') : description;
    return {
      name,
      source: 'argument_specs' as const,
      // Without a type Ansible takes a text.
      type: typeof type === 'string' ? type : 'str',
      ...(typeof elements === 'string' ? { elements } : {}),
      ...(Array.isArray(choices) && isJson(choices, 8) ? { choices } : {}),
      ...(typeof text === 'string' ? { description: text } : {}),
      ...usually(usual),
      isRequired: isYes(required) && usual === undefined && !(name in role.given),
    };
  });
  const others = Object.entries(defaults).filter(([name]) => !(name in options));
  return [...declared, ...others.map(([name, usual]) => plainVariable(name, 'defaults', usual))];
}

/** A variable that has a value already. */
export function plainVariable(
  name: string,
  source: PlaybookVariable['source'],
  usual: unknown,
): PlaybookVariable {
  const type = typeOfValue(usual);
  return {
    name,
    source,
    ...(type === undefined ? {} : { type }),
    ...usually(usual),
    isRequired: false,
  };
}

/** True as Ansible reads it. */
function isYes(value: unknown): boolean {
  return value === true || (typeof value === 'string' && /^(?:yes|on|true)$/i.test(value));
}

/** Values that are encrypted are not shown, nor lists and mappings with one in them. */
function usually(value: unknown): { readonly default?: unknown } {
  return value === undefined || holdsSecret(value) ? {} : { default: value };
}

function holdsSecret(value: unknown): boolean {
  if (value === encrypted) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(holdsSecret);
}

function specOptions(files: ParsedFiles, folder: string, entryPoint: string): Mapping {
  const own = asMapping(mappingAt(files, `${folder}/meta/argument_specs`)['argument_specs']);
  const meta = asMapping(mappingAt(files, `${folder}/meta/main`)['argument_specs']);
  return asMapping(asMapping(own[entryPoint] ?? meta[entryPoint])['options']);
}

/** Roles lie beside the playbook, or on top of the repository. */
function roleFolder(playbook: string, role: string, files: ParsedFiles): string | undefined {
  const beside = posix.join(dirname(playbook), 'roles', role);
  const candidates = [beside, posix.join('roles', role)];
  const paths = [...files.keys()];
  return candidates.find((folder) => paths.some((path) => path.startsWith(`${folder}/`)));
}

type Mapping = { readonly [key: string]: unknown };

function mappingAt(files: ParsedFiles, stem: string): Mapping {
  return asMapping(files.get(`${stem}.yml`) ?? files.get(`${stem}.yaml`));
}

function asMapping(value: unknown): Mapping {
  return isJsonObject(value) ? value : {};
}
