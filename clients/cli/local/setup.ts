import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';

/** Registers `setup`: finds or gets every part that Holdfast needs. */
export function registerSetup(program: Command, context: CommandContext): void {
  const command = program
    .command('setup')
    .description(
      'find or get every part: Temporal server, PostgreSQL, sandbox, git, ripgrep, Python',
    )
    .action(async () => {
      const { runSetup } = await import('./run-setup.ts');
      await runSetup(context);
    });
  addExamples(command, ['holdfast setup']);
}
