import { HoldfastError } from '../../domain/failures.ts';
import type { KeyReference } from '../../domain/models/model-entry-schema.ts';

/** Where keys are looked up on this worker. */
export interface KeySources {
  readonly environment: { readonly [name: string]: string | undefined };
  /** The secret of a name. Absent: nobody here holds secrets. @throws {HoldfastError} `dependency_missing` naming it. */
  readonly secret?: (name: string) => string;
  /** Told each key before anybody gets it: it is to be kept out of outputs. */
  readonly learn?: (value: string) => void;
}

/**
 * Looks up the key of a model entry, just before it is used. An entry without a reference has no key.
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
  const name = reference.slice('secret://'.length);
  if (secret === undefined) {
    throw new HoldfastError(
      'dependency_missing',
      `this worker has no store of secrets to find the secret ${name} in`,
      { suggestion: 'name an environment variable in the model entry: apiKey: {env: NAME}' },
    );
  }
  return present(secret(name), `the secret ${name}`);
}

function present(value: string | undefined, what: string): string {
  const key = value?.trim() ?? '';
  if (key !== '') return key;
  throw new HoldfastError('dependency_missing', `${what} is not set on this worker`, {
    suggestion: 'set it where the worker runs, or take apiKey out of the model entry',
  });
}
