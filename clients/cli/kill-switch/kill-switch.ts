import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import type { ResumeOptions, StopOptions } from './turn-kill-switch.ts';

const scopeWords =
  'all, or a kind and a name: tenant:, project:, specialist:, tool:, hostGroup:, run:; may be repeated';

/** Registers `kill-switch`: stops everything in a scope, at once and for sure. */
export function registerKillSwitch(program: Command, context: CommandContext): void {
  const group = program
    .command('kill-switch')
    .description('stop everything in a scope at once, and let it go on in stages');
  const stop = group
    .command('stop')
    .description('stop scopes: nothing new begins, and what can be ended is ended')
    .requiredOption('--scope <scope>', scopeWords, collect)
    .requiredOption('--reason <words>', 'why; everybody who looks is shown it')
    .action(async (options: StopOptions) => {
      const { stopByCommand } = await import('./turn-kill-switch.ts');
      await stopByCommand(context, options);
    });
  addExamples(stop, [
    'holdfast kill-switch stop --scope all --reason "something is wrong"',
    'holdfast kill-switch stop --scope tool:shell --reason "a bad release of git"',
    'holdfast kill-switch stop --scope project:shop --scope run:k1 --reason "audit"',
  ]);

  const status = group
    .command('status', { isDefault: true })
    .description('show what is stopped, what waits because of it, and what is still going on')
    .action(async () => {
      const { showStatus } = await import('./turn-kill-switch.ts');
      await showStatus(context);
    });
  addExamples(status, ['holdfast kill-switch', 'holdfast kill-switch status --json']);

  const resume = group
    .command('resume')
    .description(
      'let chosen runs, or whole scopes, go on; doing it again wakes who was not reached',
    )
    .option('--run <run>', 'one run, under what stays stopped; may be repeated', collect)
    .option('--scope <scope>', scopeWords, collect)
    .requiredOption('--reason <words>', 'why')
    .action(async (options: ResumeOptions) => {
      const { resumeByCommand } = await import('./turn-kill-switch.ts');
      await resumeByCommand(context, options);
    });
  addExamples(resume, [
    'holdfast kill-switch resume --run k1 --run k2 --reason "these two first"',
    'holdfast kill-switch resume --scope all --reason "mended"',
  ]);
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
