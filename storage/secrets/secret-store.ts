import { randomBytes } from 'node:crypto';

import { z } from 'zod';

import { HoldfastError } from '../../domain/failures.ts';
import { homePaths } from '../home/home-paths.ts';
import { readPrivateFile, whileLocked, writePrivateFile } from './private-file.ts';
import { openValue, sealValue, type SealingKey } from './sealed-value.ts';

const keysSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** The key that seals; the others only open what they sealed. */
  current: z.string(),
  keys: z.record(z.string(), z.strictObject({ key: z.base64(), madeAt: z.string() })),
});

const storeSchema = z.strictObject({
  schemaVersion: z.literal(1),
  secrets: z.record(
    z.string(),
    z.strictObject({
      keyId: z.string(),
      nonce: z.base64(),
      sealed: z.base64(),
      tag: z.base64(),
      changedAt: z.string(),
    }),
  ),
});

type Keys = z.infer<typeof keysSchema>;
type Store = z.infer<typeof storeSchema>;

/** What is known of a stored secret without opening it. */
export interface StoredSecret {
  readonly name: string;
  readonly changedAt: string;
  /** Name of the key that seals it. */
  readonly keyId: string;
}

/** The stored secrets by name, without their values. @throws {HoldfastError} as reading the file does. */
export function listStoredSecrets(home: string): readonly StoredSecret[] {
  return Object.entries(readStore(home).secrets)
    .map(([name, { changedAt, keyId }]) => ({ name, changedAt, keyId }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Opens all stored secrets. One that does not open stands there without a value.
 * @throws {HoldfastError} permission_denied or invalid_argument, when store or keys cannot be used.
 */
export function openStoredSecrets(home: string): ReadonlyMap<string, string | undefined> {
  const { secrets } = readStore(home);
  const keys = Object.keys(secrets).length === 0 ? undefined : readKeys(home);
  return new Map(
    Object.entries(secrets).map(([name, sealed]) => {
      const key = keys === undefined ? undefined : keyOf(keys, sealed.keyId);
      return [name, key === undefined ? undefined : openValue(key, name, sealed)];
    }),
  );
}

/** Stores a secret, sealed by the current key; the first one makes the key. Returns whether it replaced another. */
export function putStoredSecret(
  home: string,
  { name, value, now }: { readonly name: string; readonly value: string; readonly now: Date },
): 'added' | 'replaced' {
  return whileLocked(homePaths(home).secretStore, () => {
    const store = readStore(home);
    const keys = readKeys(home) ?? firstKeys(home, store, now);
    const key = keyOf(keys, keys.current);
    if (key === undefined) throw damaged();
    const sealed = { ...sealValue(key, name, value), changedAt: now.toISOString() };
    const isThere = Object.hasOwn(store.secrets, name);
    writeStore(home, { ...store, secrets: { ...store.secrets, [name]: sealed } });
    return isThere ? 'replaced' : 'added';
  });
}

/** Removes a secret. @throws {HoldfastError} not_found */
export function removeStoredSecret(home: string, name: string): void {
  whileLocked(homePaths(home).secretStore, () => {
    const store = readStore(home);
    if (!Object.hasOwn(store.secrets, name)) {
      throw new HoldfastError('not_found', `the store holds no secret "${name}"`, {
        suggestion: 'see: holdfast secrets list',
      });
    }
    const { [name]: _, ...secrets } = store.secrets;
    writeStore(home, { ...store, secrets });
  });
}

/**
 * Makes a new key, seals every secret with it, and forgets the old keys. At each moment the keys on the disk open the
 * store on the disk, so that it may end in the middle: done again it goes to the end.
 *
 * @throws {HoldfastError} conflict when a secret does not open; nothing is changed then.
 */
export function rotateSecretKey(
  home: string,
  now: Date,
): { readonly keyId: string; readonly count: number } {
  return whileLocked(homePaths(home).secretStore, () => {
    const store = readStore(home);
    const keys = readKeys(home) ?? firstKeys(home, store, now);
    const opened = [...openStoredSecrets(home)].map(([name, value]) => {
      if (value !== undefined) return { name, value };
      throw new HoldfastError('conflict', `the secret "${name}" does not open with its key`, {
        suggestion: `remove it or set it again: holdfast secrets set ${name}`,
      });
    });
    const added = withNewKey(keys, now);
    const key = keyOf(added, added.current);
    if (key === undefined) throw damaged();
    writePrivateFile(homePaths(home).secretKeys, added);
    const secrets = opened.map(({ name, value }) => {
      const changedAt = store.secrets[name]?.changedAt ?? now.toISOString();
      return [name, { ...sealValue(key, name, value), changedAt }] as const;
    });
    writeStore(home, { ...store, secrets: Object.fromEntries(secrets) });
    const { [added.current]: current } = added.keys;
    if (current !== undefined) {
      writePrivateFile(homePaths(home).secretKeys, {
        ...added,
        keys: { [added.current]: current },
      });
    }
    return { keyId: added.current, count: secrets.length };
  });
}

function readStore(home: string): Store {
  const empty: Store = { schemaVersion: 1, secrets: {} };
  return readPrivateFile(homePaths(home).secretStore, storeSchema) ?? empty;
}

function writeStore(home: string, store: Store): void {
  writePrivateFile(homePaths(home).secretStore, store);
}

function readKeys(home: string): Keys | undefined {
  return readPrivateFile(homePaths(home).secretKeys, keysSchema);
}

function firstKeys(home: string, store: Store, now: Date): Keys {
  // SAFETY: a new key beside an old store would hide that the old key is lost.
  if (Object.keys(store.secrets).length > 0) throw damaged();
  const keys = withNewKey({ schemaVersion: 1, current: 'k0', keys: {} }, now);
  writePrivateFile(homePaths(home).secretKeys, keys);
  return keys;
}

function withNewKey(keys: Keys, now: Date): Keys {
  const keyId = `k${Number(keys.current.slice(1)) + 1}`;
  const key = { key: randomBytes(32).toString('base64'), madeAt: now.toISOString() };
  return { ...keys, current: keyId, keys: { ...keys.keys, [keyId]: key } };
}

function keyOf({ keys }: Keys, keyId: string): SealingKey | undefined {
  const found = Object.hasOwn(keys, keyId) ? keys[keyId] : undefined;
  return found === undefined ? undefined : { keyId, key: Buffer.from(found.key, 'base64') };
}

function damaged(): HoldfastError {
  return new HoldfastError('conflict', 'the key that opens the store of secrets is gone', {
    suggestion:
      'put secrets/keys.json of the data folder back, or remove secrets/store.json and set the secrets again',
  });
}
