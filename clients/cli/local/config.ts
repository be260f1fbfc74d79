import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';

/** Registers `config`: shows the settings and where each comes from. */
export function registerConfig(program: Command, context: CommandContext): void {
  const group = program.command('config').description('see and check the settings');
  const show = group
    .command('show', { isDefault: true })
    .description('print every setting; fails when a setting or a policy does not fit')
    .option('--origin', 'say where each value comes from')
    .action(async (options: { readonly origin?: boolean }) => {
      const { runConfigShow } = await import('./run-config-show.ts');
      runConfigShow(context, options.origin === true ? 'with-origin' : 'plain');
    });
  addExamples(show, ['holdfast config show --origin']);
}
