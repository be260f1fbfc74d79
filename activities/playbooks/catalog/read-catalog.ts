import { basename, dirname, posix } from 'node:path';

import { isJsonObject } from '../../../domain/json.ts';
import type {
  CatalogWarning,
  PlaybookCatalog,
  PlaybookEntry,
  PlaybookVariable,
} from '../../../domain/playbooks/playbook-entry.ts';
import { parseHeader, serviceOf } from '../../../domain/playbooks/playbook-header.ts';
import { typeOfValue } from '../../../domain/playbooks/variable-value.ts';
import { parseYaml } from './parse-yaml.ts';
import { readPlays, type Plays } from './read-plays.ts';
import { readRepository, type RepositoryFiles, type RepositoryPlace } from './repository-files.ts';
import { plainVariable, roleVariables, type ParsedFiles } from './role-variables.ts';

/**
 * Reads the playbooks of a repository at its commit. A file that is broken becomes a warning with its place; one that
 * is no playbook is left out.
 * @throws {HoldfastError} as `readRepository`.
 */
export async function readCatalog(place: RepositoryPlace): Promise<PlaybookCatalog> {
  return catalogOf(await readRepository(place));
}

/** The catalog of files that were read. */
export function catalogOf({ commit, files }: RepositoryFiles): PlaybookCatalog {
  const parsed = new Map<string, unknown>();
  const warnings: CatalogWarning[] = [];
  for (const [path, text] of files) {
    // Templates are YAML only when they are filled in.
    if (/(?:^|\/)(?:templates|files)\//.test(path)) continue;
    const result = parseYaml(path, text);
    if (result.type === 'parsed') parsed.set(path, result.value);
    else warnings.push(result.warning);
  }
  const inventoryVars = namesInInventory(parsed);
  const playbooks = [...parsed].flatMap(([path, value]) => {
    const plays = readPlays(value);
    return plays === undefined
      ? []
      : entryOf(path, files.get(path) ?? '', { plays, files: parsed, inventoryVars });
  });
  return {
    ...(commit === undefined ? {} : { commit }),
    playbooks: playbooks.toSorted((one, other) => (one.path < other.path ? -1 : 1)),
    warnings,
    discoveredAt: new Date().toISOString(),
  };
}

function entryOf(
  path: string,
  text: string,
  {
    plays,
    files,
    inventoryVars,
  }: {
    readonly plays: Plays;
    readonly files: ParsedFiles;
    readonly inventoryVars: ReadonlySet<string>;
  },
): PlaybookEntry {
  const header = parseHeader(text);
  const filename = basename(path);
  const variables = describedBy(header.variables, variablesOf(path, plays, files));
  const declared = new Set(variables.map(({ name }) => name));
  const commented = header.requires.filter((name) => !declared.has(name)).map(commentVariable);
  const all = [...variables.map((each) => requiredBy(header.requires, each)), ...commented].map(
    (each) => (inventoryVars.has(each.name) ? { ...each, isRequired: false } : each),
  );
  const rollback =
    header.rollback === undefined ? undefined : posix.join(dirname(path), header.rollback);
  return {
    path,
    filename,
    service: header.service ?? serviceOf(filename),
    description: header.description ?? plays.names[0] ?? '',
    plays: plays.names,
    hosts: plays.hosts,
    roles: [...new Set(plays.roles.map(({ name }) => name))],
    tags: plays.tags,
    variables: all,
    requiredVars: all.filter(({ isRequired }) => isRequired).map(({ name }) => name),
    ...(rollback === undefined ? {} : { rollback }),
    ...(Object.keys(header.vaults).length === 0 ? {} : { vaults: header.vaults }),
  };
}

/** What comments say of variables: it completes what is declared, and comes last where nothing is. */
function describedBy(
  comments: readonly PlaybookVariable[],
  declared: readonly PlaybookVariable[],
): readonly PlaybookVariable[] {
  const completed = declared.map((each) => {
    const comment = comments.find(({ name }) => name === each.name);
    return comment === undefined ? each : { ...comment, ...each };
  });
  const names = new Set(declared.map(({ name }) => name));
  return [...completed, ...comments.filter(({ name }) => !names.has(name))];
}

/** Variables that some host or group of the repository's inventories has: those need not be given. */
function namesInInventory(files: ParsedFiles): ReadonlySet<string> {
  const values = [...files]
    .filter(([path]) => /(?:^|\/)(?:group|host)_vars\//.test(path))
    .map(([, value]) => value);
  return new Set(values.filter(isJsonObject).flatMap(Object.keys));
}

function variablesOf(path: string, plays: Plays, files: ParsedFiles): readonly PlaybookVariable[] {
  const given = { ...fromFiles(path, plays, files), ...plays.vars };
  const prompted = plays.prompts.map(({ name, text, ...usual }): PlaybookVariable => ({
    name,
    source: 'vars_prompt',
    ...(text === undefined ? {} : { description: text }),
    ...typed(usual.default),
    ...usual,
    isRequired: !('default' in usual),
  }));
  const ofRoles = plays.roles
    .flatMap((role) => roleVariables(path, role, files))
    // What the play sets need not be given, and has another usual value than the role's.
    .map((each) => (each.name in given ? givenByPlay(each, given[each.name]) : each));
  const own = Object.entries(plays.vars).map(([name, value]) => plainVariable(name, 'vars', value));
  const byName = new Map<string, PlaybookVariable>();
  for (const each of [...ofRoles, ...prompted, ...own]) {
    if (!byName.has(each.name)) byName.set(each.name, each);
  }
  return [...byName.values()];
}

function givenByPlay(variable: PlaybookVariable, value: unknown): PlaybookVariable {
  const { name, source, type } = variable;
  const given = plainVariable(name, source, value);
  return { ...variable, ...given, ...(type === undefined ? {} : { type }) };
}

function typed(usual: unknown): { readonly type?: string } {
  const type = typeOfValue(usual);
  return type === undefined ? {} : { type };
}

function fromFiles(
  path: string,
  { varsFiles }: Plays,
  files: ParsedFiles,
): Record<string, unknown> {
  const values = varsFiles.map((file) => files.get(posix.join(dirname(path), file)));
  return Object.assign({}, ...values.filter(isJsonObject));
}

function commentVariable(name: string): PlaybookVariable {
  return { name, source: 'comment', isRequired: true };
}

function requiredBy(names: readonly string[], variable: PlaybookVariable): PlaybookVariable {
  return names.includes(variable.name) ? { ...variable, isRequired: true } : variable;
}
