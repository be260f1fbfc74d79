import { isJson, type Json } from '../../domain/json.ts';
import { modelEntrySchema } from '../../domain/models/model-entry-schema.ts';
import { assertReferences } from '../../domain/settings/check-references.ts';
import type { SettingOrigin } from '../../domain/settings/layer-settings.ts';
import type { Settings } from '../../domain/settings/settings-schema.ts';
import type { NewDefinition } from './definitions.ts';
import { readPolicies, type PoliciesFolder } from './read-policies.ts';

/** What the user configured, as it was found. */
export interface Configuration {
  readonly settings: Settings;
  /** Where each setting comes from, for what is said of wrong ones. */
  readonly origins?: { readonly [path: string]: SettingOrigin };
  readonly policiesFolder: PoliciesFolder;
  /** A model by environment variables, for those who have configured none. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/**
 * Gathers built-ins and the user's own definitions, all checked, and every name that one setting gives of another.
 *
 * @throws {HoldfastError} invalid_argument with file, line and column.
 */
export function gatherDefinitions(configuration: Configuration): readonly NewDefinition[] {
  const { settings, origins = {}, policiesFolder } = configuration;
  const policies = readPolicies(policiesFolder);
  const models = modelsOf(configuration);
  assertReferences(settings, origins, {
    policies: policies.map(({ profile }) => profile.name),
    models: models.map(({ body }) => body.key),
  });
  const definitions: NewDefinition[] = [
    ...policies.map(({ profile, origin }) =>
      define('policy', profile, { name: profile.name, origin }),
    ),
    ...models.map(({ body, origin }) => define('model', body, { name: body.key, origin })),
  ];
  const chain = settings.modelChain ?? chainOf(settings.defaultModel ?? models[0]?.body.key);
  if (chain === undefined) return definitions;
  return [...definitions, define('chain', chain, { name: 'default', origin: 'holdfast.yaml' })];
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
