import { type Command, Option } from 'commander';

import { optionalParts } from '../../../domain/settings/provision-report.ts';
import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';

/** Registers `setup`: finds or gets every part that Holdfast needs. */
export function registerSetup(program: Command, context: CommandContext): void {
  const command = program
    .command('setup')
    .description(
      'find or get every part: Temporal server, PostgreSQL, sandbox, git, ripgrep, Python',
    )
    .addOption(
      new Option('--with <part...>', 'also get what only some work needs').choices(optionalParts),
    )
    .action(async (options: { readonly with?: readonly string[] }) => {
      const { runSetup } = await import('./run-setup.ts');
      await runSetup(context, options.with ?? []);
    });
  addExamples(command, ['holdfast setup', 'holdfast setup --with ansible']);
}
