import { sql } from 'kysely';

import { HoldfastError } from '../../domain/failures.ts';
import { builtInRoles, personSchema, type Person } from '../../domain/principals/person-schema.ts';
import { currentDefinitions, putDefinition, removeDefinition } from '../definitions/definitions.ts';
import type { Database, Executor } from '../postgres/database.ts';

/** Everybody who is registered, by name. */
export async function readPeople(db: Executor, tenant: string): Promise<readonly Person[]> {
  const definitions = await currentDefinitions(db, tenant, 'person');
  return definitions.map(({ body }) => personSchema.parse(body));
}

/** Who a key belongs to; undefined when nobody is registered with it. */
export async function personOfKey(
  db: Executor,
  tenant: string,
  keyId: string,
): Promise<Person | undefined> {
  const people = await readPeople(db, tenant);
  return people.find(({ keys }) => keys.some((key) => key.keyId === keyId));
}

/**
 * Registers the first person of an installation, with every built-in role; later ones are added by an admin. Returns
 * the person of the key, or undefined when others are registered and this key is not.
 */
export async function claimIdentity(
  db: Database,
  tenant: string,
  { name, keyId, publicKey }: { readonly name: string } & Person['keys'][number],
): Promise<Person | undefined> {
  const known = await readPeople(db, tenant);
  if (known.length > 0) return known.find(({ keys }) => keys.some((key) => key.keyId === keyId));
  const first = { name, roles: [...builtInRoles], keys: [{ keyId, publicKey }] };
  const person = personSchema.safeParse(first);
  if (!person.success) return undefined;
  await changePeople(db, tenant, async (tx, people) => {
    if (people.length === 0) await putPerson(tx, tenant, { ...person.data, by: name });
  });
  return personOfKey(db, tenant, keyId);
}

/**
 * Changes the register, one change at a time.
 *
 * @throws {HoldfastError} conflict when nobody with the role admin would be left.
 */
export async function changePeople(
  db: Database,
  tenant: string,
  change: (tx: Executor, people: readonly Person[]) => Promise<void>,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext(${lockOf(tenant)}))`.execute(tx);
    await change(tx, await readPeople(tx, tenant));
    const left = await readPeople(tx, tenant);
    if (left.some(({ roles, keys }) => roles.includes('admin') && keys.length > 0)) return;
    throw new HoldfastError('conflict', 'nobody with the role admin would be left', {
      suggestion: 'give the role to somebody else first: holdfast people add NAME --role admin',
    });
  });
}

/** Keeps the register as it is until the transaction ends; others may hold it too. */
export async function holdPeople(tx: Executor, tenant: string): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(hashtext(${lockOf(tenant)}))`.execute(tx);
}

function lockOf(tenant: string): string {
  return `people/${tenant}`;
}

/** Writes a person; a new version where one of the name exists. `by` is who says so. */
export async function putPerson(
  db: Executor,
  tenant: string,
  { by, ...person }: Person & { readonly by: string },
): Promise<void> {
  const { name } = person;
  const body = { ...person, roles: person.roles.toSorted() };
  await putDefinition(db, tenant, { kind: 'person', name, body, origin: 'command', by });
}

/** Takes a person out of the register: proofs of the keys count no more, also for what was decided and has not happened. */
export async function removePerson(
  db: Executor,
  tenant: string,
  { name, by }: { readonly name: string; readonly by: string },
): Promise<void> {
  await removeDefinition(db, tenant, { kind: 'person', name, by });
}
