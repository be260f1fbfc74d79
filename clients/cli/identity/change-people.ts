import type { CommandContext } from '../command-context.ts';
import { withClient } from '../with-client.ts';

/** Options of `people add` as commander gives them. */
export interface AddOptions {
  readonly key?: string;
  readonly role?: readonly string[];
}

/** Registers a person or changes one. */
export async function addPerson(
  context: CommandContext,
  name: string,
  { key, role }: AddOptions,
): Promise<void> {
  await withClient(context, async (client) => {
    const person = await client.putPerson({
      name,
      ...(role === undefined ? {} : { roles: role }),
      ...(key === undefined ? {} : { publicKey: key }),
    });
    context.output.result(person, (styles) => {
      const roles = person.roles.length === 0 ? 'no roles' : person.roles.join(', ');
      return `${styles.good('registered')} ${person.name}: ${roles}\n`;
    });
  });
}

/** Takes a person out of the register. */
export async function removePerson(context: CommandContext, name: string): Promise<void> {
  await withClient(context, async (client) => {
    await client.removePerson(name);
    context.output.result({ name, removed: true }, () => `${name} is registered no more\n`);
  });
}
