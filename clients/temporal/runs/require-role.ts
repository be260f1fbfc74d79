import { HoldfastError } from '../../../domain/failures.ts';
import { mayDo, rolesInWords, type Act } from '../../../domain/principals/permissions.ts';
import { unauthenticated } from '../../../domain/principals/principal.ts';
import { appendTenantEvent } from '../../../storage/administration.ts';
import { readPeople } from '../../../storage/readers.ts';
import type { LocalConnection } from '../local-connection.ts';
import { registeredPerson } from './sign-messages.ts';

/** Who asks, and what the register is read with. */
type Asking = Pick<LocalConnection, 'db' | 'tenant' | 'user' | 'identity'>;

/**
 * The name of the person of this connection, who may do an act: by a role, or because it is `owner`. Where nobody is
 * registered yet, and no key can be made, the system's user may: somebody has to be able to stop a run.
 *
 * @throws {HoldfastError} permission_denied, which is audited.
 */
export async function requireRole(connection: Asking, act: Act, owner?: string): Promise<string> {
  const { db, tenant, user } = connection;
  const me = await registeredPerson(connection);
  if (me !== undefined && (mayDo(act, me.roles) || me.name === owner)) return me.name;
  const isFirst = me === undefined && (await readPeople(db, tenant)).length === 0;
  if (isFirst && act !== 'people') return user;
  const takes = rolesInWords(act);
  await appendTenantEvent(db, {
    tenant,
    actor: me?.name ?? unauthenticated,
    event: { type: 'permission.refused', data: { act, takes } },
  });
  throw new HoldfastError('permission_denied', refusalOf(me?.name, takes), {
    suggestion: 'see who has which role: holdfast people list',
  });
}

function refusalOf(name: string | undefined, takes: string): string {
  return name === undefined
    ? `this takes ${takes}, and your key is not registered`
    : `this takes ${takes}; ${name} has none`;
}
