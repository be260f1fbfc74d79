import { type Command, Option } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import { runArgument } from './run-argument.ts';
import { registerRunControls } from './run-controls.ts';
import { parseCount } from '../parse-options.ts';
import type { ApplyOptions } from './apply-run.ts';
import type { ListOptions } from './list-runs.ts';
import { registerTimeTravel } from '../time-travel/time-travel.ts';
import { runStatuses } from './run-statuses.ts';

/** Registers `runs`: everything about runs that were started. */
export function registerRuns(program: Command, context: CommandContext): void {
  const group = program.command('runs').description('see, steer and take over runs');
  registerList(group, context);
  registerShow(group, context);
  registerWatch(group, context);
  registerRunControls(group, context);
  registerDiff(group, context);
  registerApply(group, context);
  registerTranscript(group, context);
  registerTimeTravel(group, context);
}

function registerList(group: Command, context: CommandContext): void {
  const list = group
    .command('list', { isDefault: true })
    .description('list runs, newest first; those that have not ended are marked (resumable)')
    .option('--limit <count>', 'how many at most', parseCount, 20)
    .addOption(new Option('--status <status>', 'only these').choices(runStatuses))
    .option('--resumable', 'only those that have not ended')
    .action(async (options: ListOptions) => {
      const { listRuns } = await import('./list-runs.ts');
      await listRuns(context, options);
    });
  addExamples(list, ['holdfast runs list', 'holdfast runs list --resumable --json']);
}

function registerShow(group: Command, context: CommandContext): void {
  const show = group
    .command('show')
    .description('show one run: state, limits, what waits, effects, result')
    .argument('[run]', runArgument)
    .action(async (run: string | undefined) => {
      const { showRun } = await import('./show-run.ts');
      await showRun(context, run);
    });
  addExamples(show, ['holdfast runs show 01k9', 'holdfast runs show 01k9 --json']);
}

function registerWatch(group: Command, context: CommandContext): void {
  const watch = group
    .command('watch')
    .description('show a run as it works, from its beginning; exits by its result like run')
    .argument('[run]', runArgument)
    .option('--no-wait', 'exit with 4 where it waits for a person')
    .action(async (run: string | undefined, options: { readonly wait: boolean }) => {
      const { watchRunCommand } = await import('./watch-run.ts');
      await watchRunCommand(context, run, options.wait ? 'end' : 'person');
    });
  addExamples(watch, ['holdfast runs watch 01k9', 'holdfast runs watch 01k9 --json']);
}

function registerDiff(group: Command, context: CommandContext): void {
  const diff = group
    .command('diff')
    .description('print what a run changed, or has changed so far while it waits, as a git patch')
    .argument('[run]', runArgument)
    .option('--stat', 'only the files with their counts')
    .action(async (run: string | undefined, options: { readonly stat?: boolean }) => {
      const { showDiff } = await import('./diff-run.ts');
      await showDiff(context, run, options.stat === true ? 'stat' : 'patch');
    });
  addExamples(diff, [
    'holdfast runs diff 01k9',
    'holdfast runs diff 01k9 --stat',
    'holdfast runs diff 01k9 > change.patch',
  ]);
}

function registerApply(group: Command, context: CommandContext): void {
  const apply = group
    .command('apply')
    .description('take over what a run changed: all of it, or nothing where a file does not fit')
    .argument('[run]', runArgument)
    .option('--workspace <folder>', 'folder to change (default: the one the run copied)')
    .option('--yes', 'do not ask on a terminal')
    .action(async (run: string | undefined, options: ApplyOptions) => {
      const { applyRun } = await import('./apply-run.ts');
      await applyRun(context, run, options);
    });
  addExamples(apply, [
    'holdfast runs apply 01k9',
    'holdfast runs apply 01k9 --workspace ../copy --yes',
  ]);
}

function registerTranscript(group: Command, context: CommandContext): void {
  const transcript = group
    .command('transcript')
    .description('print the whole conversation of a run')
    .argument('[run]', runArgument)
    .action(async (run: string | undefined) => {
      const { showTranscript } = await import('./show-transcript.ts');
      await showTranscript(context, run);
    });
  addExamples(transcript, [
    'holdfast runs transcript 01k9',
    'holdfast runs transcript 01k9 --json',
  ]);
}
