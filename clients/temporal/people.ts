import { fieldErrorsOf, inWords } from '../../domain/settings/field-errors.ts';
import { HoldfastError } from '../../domain/failures.ts';
import { personSchema, type Person } from '../../domain/principals/person-schema.ts';
import { changePeople, keyIdOf, putPerson, removePerson } from '../../storage/administration.ts';
import type { PutPerson } from '../people-client.ts';
import type { LocalConnection } from './local-connection.ts';
import { requireRole } from './runs/require-role.ts';

/** Roles of a person who is added without any. */
const usualRoles = ['viewer', 'approver'] as const;

/**
 * Registers a person or changes one: roles replace those there were, a key is added to them.
 *
 * @throws {HoldfastError} permission_denied without the role admin; invalid_argument; conflict for a taken key.
 */
export async function registerPerson(
  connection: LocalConnection,
  wanted: PutPerson,
): Promise<Person> {
  const { db, tenant } = connection;
  const by = await requireRole(connection, 'people');
  let written: Person | undefined;
  await changePeople(db, tenant, async (tx, people) => {
    written = changed(people, wanted);
    await putPerson(tx, tenant, { ...written, by });
  });
  if (written === undefined) throw new Error('the register was not written');
  return written;
}

/** Takes a person out of the register. @throws {HoldfastError} permission_denied, not_found, conflict for the last admin. */
export async function unregisterPerson(connection: LocalConnection, name: string): Promise<void> {
  const { db, tenant } = connection;
  const by = await requireRole(connection, 'people');
  await changePeople(db, tenant, async (tx, people) => {
    if (!people.some((person) => person.name === name)) throw noPerson(name);
    await removePerson(tx, tenant, { name, by });
  });
}

function noPerson(name: string): HoldfastError {
  return new HoldfastError('not_found', `nobody is registered as "${name}"`, {
    suggestion: 'see: holdfast people list',
  });
}

function changed(people: readonly Person[], { name, roles, publicKey }: PutPerson): Person {
  const known = people.find((person) => person.name === name);
  const key = publicKey === undefined ? [] : [keyOf(publicKey)];
  for (const { keyId } of key) {
    const owner = people.find(({ keys }) => keys.some((other) => other.keyId === keyId));
    if (owner !== undefined && owner.name !== name) {
      throw new HoldfastError('conflict', `this key is registered for ${owner.name} already`);
    }
  }
  const kept = (known?.keys ?? []).filter(({ keyId }) => keyId !== key[0]?.keyId);
  const person = {
    name,
    roles: [...new Set(roles ?? known?.roles ?? usualRoles)].toSorted(),
    keys: [...kept, ...key],
  };
  if (person.keys.length === 0) {
    throw new HoldfastError('invalid_argument', `"${name}" has no key: nothing could be proved`, {
      suggestion: 'ask for the public key that "holdfast people whoami" shows, and add --key',
    });
  }
  const parsed = personSchema.safeParse(person);
  if (parsed.success) return parsed.data;
  const fieldErrors = fieldErrorsOf(parsed.error, person);
  throw new HoldfastError('invalid_argument', `the person does not fit: ${inWords(fieldErrors)}`, {
    fieldErrors,
  });
}

function keyOf(publicKey: string): Person['keys'][number] {
  const keyId = keyIdOf(publicKey.trim());
  if (keyId !== undefined) return { keyId, publicKey: publicKey.trim() };
  throw new HoldfastError('invalid_argument', 'this is no Ed25519 public key', {
    suggestion: 'copy the line "public key" that "holdfast people whoami" shows',
  });
}
