import { HoldfastError } from '../../../domain/failures.ts';
import type { PersonView } from '../../people-client.ts';
import type { CommandContext } from '../command-context.ts';
import { renderKeyValues, renderTable } from '../output/table.ts';
import { withClient } from '../with-client.ts';
import { identityFile, ownIdentity } from './own-identity.ts';

/** Lists everybody who is registered. */
export async function listPeople(context: CommandContext): Promise<void> {
  const people = await withClient(context, (client) => client.listPeople());
  context.output.result({ people }, () =>
    people.length === 0
      ? 'nobody is registered: the first who starts or decides something is\n'
      : renderTable(
          {
            columns: [{ title: 'name' }, { title: 'roles', shrinksTo: 20 }, { title: 'keys' }],
            rows: people.map(({ name, roles, keys }) => [
              name,
              roles.join(', '),
              String(keys.length),
            ]),
          },
          context.output.width(),
        ),
  );
}

/** Shows one person. @throws {HoldfastError} not_found */
export async function showPerson(context: CommandContext, name: string): Promise<void> {
  const people = await withClient(context, (client) => client.listPeople());
  const person = people.find((each) => each.name === name);
  if (person === undefined) {
    throw new HoldfastError('not_found', `nobody is registered as "${name}"`, {
      suggestion: 'see: holdfast people list',
    });
  }
  context.output.result(person, () =>
    renderKeyValues(
      [
        ['name', person.name],
        ['roles', person.roles.join(', ')],
        ...person.keys.map(({ publicKey }) => ['public key', publicKey] as const),
      ],
      context.output.width(),
    ),
  );
}

/** Shows the user's own key; without an instance nothing is known of a registration. */
export async function whoAmI(context: CommandContext): Promise<void> {
  const file = identityFile(context);
  const { keyId, publicKey } = ownIdentity(context);
  const person = await registration(context);
  const document = {
    keyId,
    publicKey,
    file,
    name: person?.name ?? null,
    roles: person?.roles ?? [],
    registered: person === null ? null : person !== undefined,
  };
  context.output.result(document, () =>
    renderKeyValues(
      [
        [
          'name',
          person?.name ?? (person === null ? 'unknown: nothing runs here' : 'not registered'),
        ],
        ['roles', person?.roles.join(', ') ?? ''],
        ['public key', publicKey],
        ['key file', file],
      ],
      context.output.width(),
    ),
  );
}

/** Null when nothing runs that could tell. */
async function registration(context: CommandContext): Promise<PersonView | undefined | null> {
  try {
    return await withClient(context, (client) => client.whoAmI());
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'unavailable') return null;
    throw error;
  }
}
