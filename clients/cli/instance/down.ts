import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';

/** Registers `down`: ends the running instance. */
export function registerDown(program: Command, context: CommandContext): void {
  const command = program
    .command('down')
    .description(
      'end the running instance in order: the worker finishes what is short, then the servers end',
    )
    .option('--now', 'end at once; what is cut off is taken up again at the next start')
    .action(async (options: { readonly now?: boolean }) => {
      const { runDown } = await import('./run-down.ts');
      await runDown(context, options.now === true ? 'at-once' : 'in-order');
    });
  addExamples(command, ['holdfast down']);
}
