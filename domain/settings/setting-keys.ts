/** A setting that an environment variable or a flag can give. */
export interface SettingKey {
  /** Path in the file, with dots. */
  readonly path: string;
  readonly type: 'text' | 'number';
  /** Environment variables in order of precedence; ours first. */
  readonly variables: readonly string[];
  /** Its value holds a secret and is shown masked. */
  readonly isSecret: boolean;
}

const texts = [
  'defaultModel',
  'policy',
  'policiesFolder',
  'temporal.address',
  'temporal.namespace',
  'databaseUrl',
  'auditRepository',
  'hostId',
];
const numbers = [
  'maxParallel',
  'bundles.maxMegabytes',
  'locks.waitSeconds',
  'ports.temporal',
  'ports.temporalUi',
  'ports.postgres',
  'capacity.threshold',
  'capacity.pollSeconds',
  'retention.conversationsDays',
  'retention.costsDays',
  'retention.auditDays',
  'retention.deadLettersDays',
];

/** Names that other tools use for the same thing. */
const customary: { readonly [path: string]: string } = {
  'temporal.address': 'TEMPORAL_ADDRESS',
  'temporal.namespace': 'TEMPORAL_NAMESPACE',
  databaseUrl: 'DATABASE_URL',
};

/** Every setting with one value; lists such as `models` stand in the file only. */
export const settingKeys: readonly SettingKey[] = [
  ...texts.map((path) => settingKey(path, 'text')),
  ...numbers.map((path) => settingKey(path, 'number')),
];

/** Settings that are lists or objects as a whole: they stand in the file only. */
export const fileOnlyKeys: readonly string[] = [
  'models',
  'modelChain',
  'allowedHosts',
  'idempotentHosts',
  'allowedRepositories',
  'gitCredentials',
  'ansible.inventories',
  'honeytokens.enabled',
  'honeytokens.keys',
  'honeytokens.addresses',
  'honeytokens.files',
  'secrets',
  'notifications',
  'prices',
  'budgets',
  'bundles.enabled',
  'bundles.exclude',
];

/** The names that may stand in the file under `parent` (a path with dots; empty for the top). */
export function keysUnder(parent: string): readonly string[] {
  const all = [...settingKeys.map((key) => key.path), ...fileOnlyKeys];
  const prefix = parent === '' ? '' : `${parent}.`;
  const names = all
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length).split('.')[0] ?? '');
  return [...new Set(names)];
}

function settingKey(path: string, type: SettingKey['type']): SettingKey {
  const ours = variableOf(path);
  const other = customary[path];
  return {
    path,
    type,
    variables: other === undefined ? [ours] : [ours, other],
    isSecret: path === 'databaseUrl',
  };
}

/** The variable of a setting: `ports.temporalUi` is `HOLDFAST_PORTS_TEMPORAL_UI`. */
export function variableOf(path: string): string {
  return `HOLDFAST_${path.replace(/[A-Z]/g, '_$&').replaceAll('.', '_').toUpperCase()}`;
}
