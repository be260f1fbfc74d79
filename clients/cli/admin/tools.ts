import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';

/** Registers `tools`: what agents may be offered. */
export function registerTools(program: Command, context: CommandContext): void {
  const group = program.command('tools').description('see the tools that agents use');
  const list = group
    .command('list', { isDefault: true })
    .description('list the built-in tools with what they do to the world')
    .action(async () => {
      const { showTools } = await import('./show-tools.ts');
      showTools(context);
    });
  addExamples(list, ['holdfast tools', 'holdfast tools --json']);
}
