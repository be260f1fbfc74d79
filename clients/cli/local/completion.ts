import { Argument, type Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';

/** Registers `completion`: prints a script that completes commands and options in a shell. */
export function registerCompletion(program: Command, context: CommandContext): void {
  const command = program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: string) => {
      const [{ completionScript, isShell }, { commandShape }] = await Promise.all([
        import('./completion-script.ts'),
        import('../command-shape.ts'),
      ]);
      if (!isShell(shell)) return;
      const script = completionScript(shell, commandShape(program));
      context.output.result({ shell, script }, () => script);
    });
  addExamples(command, [
    'source <(holdfast completion bash)',
    'holdfast completion fish > ~/.config/fish/completions/holdfast.fish',
  ]);
}
