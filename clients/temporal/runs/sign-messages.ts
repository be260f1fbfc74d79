import type { Proof } from '../../../domain/principals/principal.ts';
import type { Person } from '../../../domain/principals/person-schema.ts';
import type { ToSign } from '../../../domain/principals/signed-content.ts';
import { claimIdentity } from '../../../storage/administration.ts';
import type { LocalConnection } from '../local-connection.ts';

/** Who this connection speaks for: the registered name, else the system user's without a proof. */
export interface Speaker {
  readonly name: string;
  /** Undefined when the key is not registered: what is sent is nobody's then. */
  readonly sign: ((content: ToSign) => Proof) | undefined;
}

/** Finds out who the key belongs to; the first key of an installation is registered under the user's name. */
export async function speakerOf(connection: LocalConnection): Promise<Speaker> {
  const { identity, user } = connection;
  const person = await registeredPerson(connection);
  if (person === undefined || identity === undefined) return { name: user, sign: undefined };
  return { name: person.name, sign: (content) => identity.sign(content, new Date()) };
}

/** The registered person of this connection's key. */
export async function registeredPerson({
  db,
  tenant,
  user,
  identity,
}: Pick<LocalConnection, 'db' | 'tenant' | 'user' | 'identity'>): Promise<Person | undefined> {
  if (identity === undefined) return undefined;
  const { keyId, publicKey } = identity;
  return claimIdentity(db, tenant, { name: user, keyId, publicKey });
}
