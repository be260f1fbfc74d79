import { HoldfastError } from '../../domain/failures.ts';
import type { KeyReference } from '../../domain/models/model-entry-schema.ts';
import { hostStanding } from '../tools/http/host-list.ts';
import { placeOf } from '../tools/http/safe-request.ts';

/** Where keys are looked up on this worker. */
export interface KeySources {
  readonly environment: { readonly [name: string]: string | undefined };
  /** The secret of a name. Absent: nobody here holds secrets. @throws {HoldfastError} `dependency_missing` naming it. */
  readonly secret?: (name: string) => string;
  /** Hosts that a secret may be sent to; empty when it names none. */
  readonly hostsOf?: (name: string) => readonly string[];
  /** Told each key before anybody gets it: it is to be kept out of outputs. */
  readonly learn?: (value: string) => void;
}

/** The reference of a model entry, and the address that its key is sent to. */
export interface WantedKey {
  readonly apiKey?: KeyReference | undefined;
  readonly baseUrl: string;
}

/**
 * Looks up the key of a model entry, just before it is used. An entry without a reference has no key.
 *
 * @throws {HoldfastError} `dependency_missing` that names what is missing; `access_denied` when the secret names hosts, and
 * the model is at none of them.
 */
export function resolveModelKey(
  { apiKey, baseUrl }: WantedKey,
  sources: KeySources,
): string | undefined {
  if (typeof apiKey === 'string') checkHost(nameIn(apiKey), { baseUrl, sources });
  return resolveKey(apiKey, sources);
}

/** SAFETY: entries can be changed by command, so a secret that says where it may go goes nowhere else. */
function checkHost(
  name: string,
  { baseUrl, sources }: { readonly baseUrl: string; readonly sources: KeySources },
): void {
  const hosts = sources.hostsOf?.(name) ?? [];
  const url = new URL(baseUrl);
  if (hosts.length === 0 || hostStanding(hosts, placeOf(url)) !== 'absent') return;
  throw new HoldfastError(
    'access_denied',
    `the secret ${name} may not be sent to the model at ${url.host}`,
    { suggestion: `name ${url.host} among the hosts of that secret, if its key belongs there` },
  );
}

/**
 * Looks up a key that the settings refer to, just before it is used.
 *
 * @throws {HoldfastError} `dependency_missing` that names what is missing.
 */
export function resolveKey(
  reference: KeyReference | undefined,
  sources: KeySources,
): string | undefined {
  const key = lookedUp(reference, sources);
  if (key !== undefined) sources.learn?.(key);
  return key;
}

function lookedUp(
  reference: KeyReference | undefined,
  { environment, secret }: KeySources,
): string | undefined {
  if (reference === undefined) return undefined;
  if (typeof reference !== 'string') {
    return present(environment[reference.env], `the environment variable ${reference.env}`);
  }
  const name = nameIn(reference);
  if (secret === undefined) {
    throw new HoldfastError(
      'dependency_missing',
      `this worker has no store of secrets to find the secret ${name} in`,
      { suggestion: 'name an environment variable in the model entry: apiKey: {env: NAME}' },
    );
  }
  return present(secret(name), `the secret ${name}`);
}

function nameIn(reference: string): string {
  return reference.slice('secret://'.length);
}

function present(value: string | undefined, what: string): string {
  const key = value?.trim() ?? '';
  if (key !== '') return key;
  throw new HoldfastError('dependency_missing', `${what} is not set on this worker`, {
    suggestion: 'set it where the worker runs, or take apiKey out of the model entry',
  });
}
