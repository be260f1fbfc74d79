import { HoldfastError } from '../../domain/failures.ts';
import type { SecretDeclaration } from '../../domain/secrets/secret-schema.ts';
import type { Settings } from '../../domain/settings/settings-schema.ts';
import { openStoredSecrets } from '../../storage/secrets/secret-store.ts';
import { SecretSnapshot, type HeldSecret } from './secret-snapshot.ts';
import { readSecret, type SecretSources } from './secret-source.ts';

/** Where secrets are read. */
export interface SecretPlace {
  readonly home: string;
  readonly environment: SecretSources['environment'];
}

/** Which sources are read: without the programs of `command` it takes milliseconds. */
export type SecretDepth = 'all' | 'without-commands';

/** Reads every secret that is declared, and those that stand in the store only. Never throws. */
export async function readSecrets(
  { home, environment }: SecretPlace,
  declared: Settings['secrets'],
  depth: SecretDepth,
): Promise<SecretSnapshot> {
  const store = openStore(home);
  const stored = typeof store === 'string' ? [] : [...store.keys()];
  const all: readonly (readonly [string, SecretDeclaration])[] = [
    ...stored
      .filter((name) => !Object.hasOwn(declared, name))
      .map((name): readonly [string, SecretDeclaration] => [name, { hosts: [] }]),
    ...Object.entries(declared),
  ];
  const wanted = all.filter(([, { command }]) => depth === 'all' || command === undefined);
  const secrets = await Promise.all(
    wanted.map(async ([name, declaration]): Promise<HeldSecret> => {
      const state = await readSecret(name, declaration, { environment, store });
      return { name, declaration, state };
    }),
  );
  return new SecretSnapshot(secrets);
}

function openStore(home: string): SecretSources['store'] {
  try {
    return openStoredSecrets(home);
  } catch (error) {
    if (error instanceof HoldfastError) return error.message;
    return 'the store cannot be opened';
  }
}
