import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';

/** Registers `config`: shows the settings and where each comes from, and puts changed ones in force. */
export function registerConfig(program: Command, context: CommandContext): void {
  const group = program.command('config').description('see, check and apply the settings');
  const show = group
    .command('show', { isDefault: true })
    .description('print every setting; fails when a setting or a policy does not fit')
    .option('--origin', 'say where each value comes from')
    .action(async (options: { readonly origin?: boolean }) => {
      const { runConfigShow } = await import('./run-config-show.ts');
      runConfigShow(context, options.origin === true ? 'with-origin' : 'plain');
    });
  addExamples(show, ['holdfast config show --origin']);

  const apply = group
    .command('apply')
    .description(
      'have the running instance read settings and policies anew: all of them, or none when one does not fit',
    )
    .action(async () => {
      const { applyConfig } = await import('./apply-config.ts');
      await applyConfig(context);
    });
  addExamples(apply, ['holdfast config apply', 'holdfast config show && holdfast config apply']);
}
