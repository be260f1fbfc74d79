import { Argument, type Command } from 'commander';

import { trustLevels, type TrustLevel } from '../../../domain/tools/tool-trust.ts';
import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import { wrongUse } from '../wrong-use.ts';

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
  const trust = group
    .command('trust')
    .description('show how far the sources of tools are trusted, or set it for one')
    .argument('[source]', 'built-in, mcp:NAME or plugin:NAME')
    .addArgument(new Argument('[level]', 'how far').choices(trustLevels))
    .action(async (source: string | undefined, level: TrustLevel | undefined) => {
      const { setTrust, showTrust } = await import('./trust-tools.ts');
      if (source === undefined) return showTrust(context);
      if (level === undefined)
        throw wrongUse('the level is missing', `one of ${trustLevels.join(', ')}`);
      return setTrust(context, source, level);
    });
  addExamples(trust, ['holdfast tools trust', 'holdfast tools trust mcp:tickets VERIFIED']);
}
