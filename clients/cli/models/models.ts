import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';

/** Registers `models`: which models runs may use, what their endpoints serve, and whether tool calls work there. */
export function registerModels(program: Command, context: CommandContext): void {
  const group = program.command('models').description('see and try the models that runs use');
  const list = group
    .command('list', { isDefault: true })
    .description('list the configured models and what endpoints serve; 2 s for each, 10 s in all')
    .option('--no-probe', 'do not ask endpoints')
    .action(async (options: { readonly probe: boolean }) => {
      const { listModels } = await import('./list-models.ts');
      await listModels(context, options.probe ? 'probe' : 'look');
    });
  addExamples(list, ['holdfast models', 'holdfast models list --json']);
  const test = group
    .command('test')
    .description(
      'ask a model, in one small request, to call a tool. Exit code 0: it does, 1: it does not, else that of the fault',
    )
    .argument('<name>', 'name of a configured model')
    .action(async (name: string) => {
      const { testModel } = await import('./test-model.ts');
      await testModel(context, name);
    });
  addExamples(test, ['holdfast models test work']);
}
