import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';

/** Registers `status`: shows the parts of the running instance. */
export function registerStatus(program: Command, context: CommandContext): void {
  const command = program
    .command('status')
    .description('show the running instance: parts, processes, addresses, restarts')
    .action(async () => {
      const { runStatus } = await import('./run-status.ts');
      runStatus(context);
    });
  addExamples(command, ['holdfast status', 'holdfast status --json']);
}
