import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import type { AddOptions } from './change-people.ts';

/** Registers `people`: whose decisions can be proved. */
export function registerPeople(program: Command, context: CommandContext): void {
  const group = program
    .command('people')
    .description('see and change whose decisions can be proved');
  const list = group
    .command('list', { isDefault: true })
    .description('list the registered people with their roles')
    .action(async () => {
      const { listPeople } = await import('./show-people.ts');
      await listPeople(context);
    });
  addExamples(list, ['holdfast people', 'holdfast people list --json']);

  const add = group
    .command('add')
    .description('register a person, give other roles, or add a key; needs the role admin')
    .argument('<name>', 'name of the person')
    .option('--key <key>', 'public key, as "holdfast people whoami" shows it to that person')
    .option(
      '--role <role>',
      'viewer, operator, approver, admin, or a word of your own; may be repeated (default: viewer and approver)',
      (role: string, roles: readonly string[] | undefined) => [...(roles ?? []), role],
    )
    .action(async (name: string, options: AddOptions) => {
      const { addPerson } = await import('./change-people.ts');
      await addPerson(context, name, options);
    });
  addExamples(add, [
    'holdfast people add ada --key MCowBQYDK2VwAyEA… --role approver --role sre',
    'holdfast people add ada --role viewer',
  ]);

  const show = group
    .command('show')
    .description('show a person with roles and keys')
    .argument('<name>', 'name of the person')
    .action(async (name: string) => {
      const { showPerson } = await import('./show-people.ts');
      await showPerson(context, name);
    });
  addExamples(show, ['holdfast people show ada']);

  const remove = group
    .command('remove')
    .description(
      'take a person out: nothing that the keys signed counts any more; needs the role admin',
    )
    .argument('<name>', 'name of the person')
    .action(async (name: string) => {
      const { removePerson } = await import('./change-people.ts');
      await removePerson(context, name);
    });
  addExamples(remove, ['holdfast people remove ada']);

  const whoami = group
    .command('whoami')
    .description('show your own key, and what you are registered as')
    .action(async () => {
      const { whoAmI } = await import('./show-people.ts');
      await whoAmI(context);
    });
  addExamples(whoami, ['holdfast people whoami']);
}
