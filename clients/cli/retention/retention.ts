import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import type { EraseOptions } from './erase-data.ts';

/** Registers `prune`: takes away what is older than the settings say. */
export function registerPrune(program: Command, context: CommandContext): void {
  const prune = program
    .command('prune')
    .description('take away what is older than the settings say (retention); upkeep does it daily')
    .option('--dry-run', 'only count what would go')
    .action(async ({ dryRun = false }: { readonly dryRun?: boolean }) => {
      const { pruneData } = await import('./prune-data.ts');
      await pruneData(context, dryRun);
    });
  addExamples(prune, ['holdfast prune --dry-run', 'holdfast prune --json']);
}

/** Registers `erase`: takes away the data of a run, a project or a person at once. */
export function registerErase(program: Command, context: CommandContext): void {
  const erase = program
    .command('erase')
    .description('take away the data of a run, a project or a person; this cannot be undone')
    .option('--run <run>', 'one run that is over')
    .option('--project <project>', 'every run of a project that is over')
    .option('--person <name>', 'every run a person asked for that is over, and the name elsewhere')
    .option('--dry-run', 'only say what would go')
    .option('--yes', 'do not ask')
    .action(async (options: EraseOptions) => {
      const { eraseData } = await import('./erase-data.ts');
      await eraseData(context, options);
    });
  addExamples(erase, [
    'holdfast erase --run k1 --dry-run',
    'holdfast erase --project shop --yes',
    'holdfast erase --person maria --yes --json',
  ]);
}
