import { HoldfastError } from '../failures.ts';
import { isJsonObject } from '../json.ts';
import { nearestName } from './nearest-name.ts';
import { fileOnlyKeys, settingKeys, variableOf } from './setting-keys.ts';

/** What begins like this is ours. */
const prefix = 'HOLDFAST_';

/** Variables that are no settings, as docs/operations/settings.md lists them. */
const plainVariables: readonly string[] = [
  'HOLDFAST_HOME',
  'HOLDFAST_CACHE',
  'HOLDFAST_CONFIG',
  'HOLDFAST_TEMPORAL_PROGRAM',
  'HOLDFAST_IDENTITY',
];

/** How our own programs tell each other things; nobody sets them by hand. */
const internalVariables: readonly string[] = [
  'HOLDFAST_INSTANCE_CONFIG',
  'HOLDFAST_WORKER_CONFIG',
  'HOLDFAST_WORKER_PROGRAM',
];

/** Tests and measurements keep variables of their own. */
const foreignPrefixes: readonly string[] = ['HOLDFAST_TEST_', 'HOLDFAST_BENCH_'];

/** What Kubernetes and Docker set for a service whose name begins with `holdfast`. */
const serviceVariable = /_SERVICE_(?:HOST|PORT)(?:_[A-Z0-9_]+)?$|_PORT_\d+_(?:TCP|UDP|SCTP)/;
const servicePort = /^(?:tcp|udp|sctp):\/\//;

interface Variables {
  readonly [name: string]: string | undefined;
}

/**
 * Checks that every variable whose name begins with HOLDFAST_ means something: a mistyped one would be ignored. Those
 * that the settings file names, for a key or a password, may be called as one likes.
 *
 * @throws {HoldfastError} invalid_argument naming each, with the nearest name that is known.
 */
export function assertKnownVariables(variables: Variables, file: unknown): void {
  const settings = settingKeys.flatMap((key) => key.variables);
  const known = [...settings, ...plainVariables];
  const fine = new Set([...known, ...internalVariables, ...namedIn(file)]);
  const unknown = Object.entries(variables).flatMap(([name, value = '']) =>
    !name.startsWith(prefix) || value === '' || fine.has(name) || isForeign(name, value)
      ? []
      : [name],
  );
  const [first] = unknown;
  if (first === undefined) return;
  const lines = unknown.map((name) => `environment variable ${name}: ${wordsOf(name)}`);
  throw new HoldfastError('invalid_argument', lines.join('\n'), {
    suggestion: suggestionFor(first, known),
    fieldErrors: unknown.map((field) => ({ field, constraint: 'there is no such setting' })),
  });
}

function isForeign(name: string, value: string): boolean {
  if (foreignPrefixes.some((start) => name.startsWith(start))) return true;
  return serviceVariable.test(name) || (name.endsWith('_PORT') && servicePort.test(value));
}

function wordsOf(name: string): string {
  const path = fileOnlyKeys.find((key) => variableOf(key) === name);
  return path === undefined ? 'there is no such setting' : `${path} stands in the file only`;
}

function suggestionFor(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  if (nearest !== undefined) return `did you mean ${nearest}?`;
  return 'unset it; docs/operations/settings.md lists the variables';
}

/** Every variable that a document names as the place of a key or a password. */
function namedIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each) => namedIn(each));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'env' && typeof inner === 'string' ? [inner] : namedIn(inner),
  );
}
