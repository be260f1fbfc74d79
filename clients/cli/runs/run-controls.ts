import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import { runArgument } from './run-argument.ts';

/** Registers `runs cancel`, `pause`, `resume` and `message`. */
export function registerRunControls(group: Command, context: CommandContext): void {
  const cancel = group
    .command('cancel')
    .description('end a run; what it did so far can be seen and taken over')
    .argument('[run]', runArgument)
    .option('--reason <words>', 'why')
    .action(async (run: string | undefined, { reason }: { readonly reason?: string }) => {
      const { controlRun } = await import('./control-run.ts');
      await controlRun(context, run, { type: 'cancel', reason });
    });
  addExamples(cancel, ['holdfast runs cancel 01k9 --reason "wrong branch"']);

  const pause = group
    .command('pause')
    .description('let a run wait after what it does now; its time stands meanwhile')
    .argument('[run]', runArgument)
    .option('--reason <words>', 'why')
    .action(async (run: string | undefined, { reason }: { readonly reason?: string }) => {
      const { controlRun } = await import('./control-run.ts');
      await controlRun(context, run, { type: 'pause', reason });
    });
  addExamples(pause, ['holdfast runs pause 01k9']);

  const resume = group
    .command('resume')
    .description('let a paused run go on')
    .argument('[run]', runArgument)
    .option('--reason <words>', 'what was mended')
    .action(async (run: string | undefined, { reason }: { readonly reason?: string }) => {
      const { controlRun } = await import('./control-run.ts');
      await controlRun(context, run, { type: 'resume', reason });
    });
  addExamples(resume, ['holdfast runs resume 01k9']);

  const message = group
    .command('message')
    .description('tell a run something before its next model call')
    .argument('<run>', 'key of the run, or the start of it')
    .argument('<words>', 'what to tell it; - reads it from standard input')
    .action(async (run: string, words: string) => {
      const { messageRun } = await import('./control-run.ts');
      await messageRun(context, run, words);
    });
  addExamples(message, ['holdfast runs message 01k9 "leave the public API as it is"']);
}
