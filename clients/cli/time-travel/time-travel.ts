import { Argument, type Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import { parseTurn } from '../parse-options.ts';
import { runArgument } from '../runs/run-argument.ts';
import type { ForkOptions } from './fork-run.ts';

/** Registers the commands of `runs` that go back in time. */
export function registerTimeTravel(group: Command, context: CommandContext): void {
  const fork = group
    .command('fork')
    .description('go on behind a turn of a run as another run; the first one stays as it is')
    .argument('[run]', runArgument)
    .requiredOption('--at <turn>', 'turn after which it goes on; 0: from the beginning', parseTurn)
    .option('--yes', 'do not ask on a terminal')
    .action(async (run: string | undefined, options: ForkOptions) => {
      const { forkRun } = await import('./fork-run.ts');
      await forkRun(context, run, { ...options, original: 'keep' });
    });
  addExamples(fork, [
    'holdfast runs fork 01k9 --at 3',
    'holdfast runs fork 01k9 --at 3 --yes --json',
  ]);

  const rewind = group
    .command('rewind')
    .description('go on behind a turn of a run as another run, and end the first one')
    .argument('[run]', runArgument)
    .requiredOption('--at <turn>', 'turn after which it goes on; 0: from the beginning', parseTurn)
    .option('--yes', 'do not ask on a terminal')
    .action(async (run: string | undefined, options: ForkOptions) => {
      const { forkRun } = await import('./fork-run.ts');
      await forkRun(context, run, { ...options, original: 'cancel' });
    });
  addExamples(rewind, ['holdfast runs rewind 01k9 --at 3']);

  const restore = group
    .command('restore')
    .description('bring the files of a run that is paused or has ended back to an earlier state')
    .argument('<run>', runArgument)
    .addArgument(
      new Argument('<state>', 'first: as the run found them; last: before the last change').choices(
        ['first', 'last'] as const,
      ),
    )
    .action(async (run: string, state: 'first' | 'last') => {
      const { restoreRun } = await import('./restore-run.ts');
      await restoreRun(context, run, state);
    });
  addExamples(restore, ['holdfast runs restore 01k9 last', 'holdfast runs restore 01k9 first']);

  const cleanup = group
    .command('cleanup')
    .description('fold the states that are kept of the files of a run into one; the files stay')
    .argument('[run]', runArgument)
    .action(async (run: string | undefined) => {
      const { cleanUpRun } = await import('./restore-run.ts');
      await cleanUpRun(context, run);
    });
  addExamples(cleanup, ['holdfast runs cleanup 01k9']);

  const replay = group
    .command('replay')
    .description('print what is on record of a run, in order; nothing is executed')
    .argument('[run]', runArgument)
    .option('--verify', 'hold its history and verdicts against what this program would do today')
    .action(async (run: string | undefined, options: { readonly verify?: boolean }) => {
      const { replayRun } = await import('./replay-run.ts');
      await replayRun(context, run, options.verify === true ? 'verify' : 'print');
    });
  addExamples(replay, [
    'holdfast runs replay 01k9',
    'holdfast runs replay 01k9 --verify',
    'holdfast runs replay 01k9 --json',
  ]);
}
