import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { toBudget } from '../../domain/budget/budget-schema.ts';
import { HoldfastError } from '../../domain/failures.ts';
import { isJson, type Json } from '../../domain/json.ts';
import { modelEntrySchema } from '../../domain/models/model-entry-schema.ts';
import { presets } from '../../domain/policy/presets.ts';
import type { PolicyProfile } from '../../domain/policy/profile-schema.ts';
import type { Settings } from '../../domain/settings/settings-schema.ts';
import { loadBudgets } from '../budgets/budgets.ts';
import type { Database } from '../postgres/database.ts';
import { loadDefinitions, type NewDefinition } from './definitions.ts';
import { readPolicyFile } from './policy-file.ts';

/** What the user configured, as it was found. */
export interface Configuration {
  readonly settings: Settings;
  /** Folder with one policy profile in each .yaml file; need not exist. */
  readonly policiesFolder: string;
  /** A model by environment variables, for those who have configured none. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/**
 * Gathers built-ins and the user's own definitions, all checked. Nothing is loaded when one of them does not fit.
 *
 * @throws {HoldfastError} invalid_argument with file, line and column.
 */
function gatherDefinitions(configuration: Configuration): readonly NewDefinition[] {
  const { settings, policiesFolder } = configuration;
  const policies = [
    ...[...presets.values()].map((profile) => ({ profile, origin: 'built-in' })),
    ...readPolicies(policiesFolder),
  ];
  const models = modelsOf(configuration);
  const definitions: NewDefinition[] = [
    ...policies.map(({ profile, origin }) =>
      define('policy', profile, { name: profile.name, origin }),
    ),
    ...models.map(({ body, origin }) => define('model', body, { name: body.key, origin })),
  ];
  const chain = settings.modelChain ?? chainOf(settings.defaultModel ?? models[0]?.body.key);
  if (chain === undefined) return definitions;
  for (const key of [chain.primary, chain.secondary, chain.last]) {
    if (key !== undefined && !models.some(({ body }) => body.key === key)) {
      throw new HoldfastError(
        'invalid_argument',
        `the model chain names "${key}", which is not configured`,
      );
    }
  }
  return [...definitions, define('chain', chain, { name: 'default', origin: 'holdfast.yaml' })];
}

/** Loads the configuration: budgets, and what runs pin into versioned rows. Models that a command added for a while are removed. Returns how many rows changed. */
export async function loadConfiguration(
  db: Database,
  tenant: string,
  configuration: Configuration,
): Promise<number> {
  const definitions = gatherDefinitions(configuration);
  const budgets = configuration.settings.budgets.map((written) => toBudget(written));
  await loadBudgets(db, { tenant, origin: 'holdfast.yaml' }, budgets);
  return loadDefinitions(db, tenant, definitions);
}

function define(
  kind: NewDefinition['kind'],
  body: unknown,
  { name, origin }: { readonly name: string; readonly origin: string },
): NewDefinition {
  return { kind, name, body: asJson(body), origin };
}

function asJson(value: unknown): Json {
  const plain: unknown = JSON.parse(JSON.stringify(value));
  if (isJson(plain, 64)) return plain;
  throw new TypeError('a definition is JSON');
}

function chainOf(primary: string | undefined) {
  return primary === undefined
    ? undefined
    : { primary, secondary: undefined, last: undefined, triggers: [] };
}

/** A model named by the variables that most tools of this kind know; used when none is configured. */
function modelsOf({ settings, variables }: Configuration) {
  const configured = settings.models.map((body) => ({ body, origin: 'holdfast.yaml' }));
  const model = variables['OPENAI_MODEL'];
  if (configured.length > 0 || model === undefined || model === '') return configured;
  const hasKey = (variables['OPENAI_API_KEY'] ?? '') !== '';
  const body = modelEntrySchema.parse({
    key: 'environment',
    backend: 'generic',
    baseUrl: variables['OPENAI_BASE_URL'] ?? 'https://api.openai.com/v1',
    model,
    ...(hasKey ? { apiKey: { env: 'OPENAI_API_KEY' } } : {}),
  });
  return [{ body, origin: 'environment' }];
}

function readPolicies(
  folder: string,
): readonly { readonly profile: PolicyProfile; readonly origin: string }[] {
  return policyFiles(folder).map((file) => {
    const profile = readPolicyFile(join(folder, file));
    if (presets.has(profile.name)) {
      throw new HoldfastError(
        'invalid_argument',
        `${file}: the preset "${profile.name}" cannot be changed`,
        {
          suggestion: 'give your profile a name of its own',
        },
      );
    }
    return { profile, origin: file };
  });
}

function policyFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((file) => /\.ya?ml$/.test(file))
      .toSorted();
  } catch {
    return [];
  }
}
