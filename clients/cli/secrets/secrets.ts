import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';

/** Registers `secrets`: passwords and keys that are used without being seen. */
export function registerSecrets(program: Command, context: CommandContext): void {
  const group = program
    .command('secrets')
    .description('keep passwords and keys that are used without being seen');
  registerLooking(group, context);
  registerStoring(group, context);

  const reload = group
    .command('reload')
    .description('have the running worker read all secrets anew, without a restart')
    .action(async () => {
      const { reloadSecrets } = await import('./reload-secrets.ts');
      await reloadSecrets(context);
    });
  addExamples(reload, ['holdfast secrets reload']);
}

function registerLooking(group: Command, context: CommandContext): void {
  const list = group
    .command('list', { isDefault: true })
    .description('list the secrets and where they come from; values are never shown')
    .action(async () => {
      const { listSecrets } = await import('./list-secrets.ts');
      await listSecrets(context);
    });
  addExamples(list, ['holdfast secrets', 'holdfast secrets list --json']);

  const test = group
    .command('test')
    .description('look whether secrets can be read here; programs of `command` are run')
    .argument('[name]', 'name of the secret (default: all)')
    .action(async (name: string | undefined) => {
      const { testSecrets } = await import('./list-secrets.ts');
      await testSecrets(context, name);
    });
  addExamples(test, ['holdfast secrets test', 'holdfast secrets test registry-token']);
}

function registerStoring(group: Command, context: CommandContext): void {
  const set = group
    .command('set')
    .description('store a secret, encrypted; the value is typed hidden, or piped in')
    .argument('<name>', 'name of the secret')
    .action(async (name: string) => {
      const { setSecret } = await import('./change-secrets.ts');
      await setSecret(context, name);
    });
  addExamples(set, [
    'holdfast secrets set registry-token',
    'pass show registry | holdfast secrets set registry-token',
  ]);

  const remove = group
    .command('remove')
    .description('remove a secret from the store')
    .argument('<name>', 'name of the secret')
    .action(async (name: string) => {
      const { removeSecret } = await import('./change-secrets.ts');
      await removeSecret(context, name);
    });
  addExamples(remove, ['holdfast secrets remove registry-token']);

  const rotate = group
    .command('rotate-key')
    .description('encrypt the store with a new key, and forget the old one')
    .action(async () => {
      const { rotateKey } = await import('./change-secrets.ts');
      await rotateKey(context);
    });
  addExamples(rotate, ['holdfast secrets rotate-key']);
}
