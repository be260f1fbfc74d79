import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import { refuseTogether } from '../exclusive-options.ts';
import { collectPair, parseCount, parseDollars, parseSeconds } from '../parse-options.ts';
import type { RunOptions } from './start-and-follow.ts';

/** Registers `run`: starts a run and watches it. */
export function registerRun(program: Command, context: CommandContext): void {
  const command = program
    .command('run')
    .description(
      'let an agent do something on a copy of a folder. Exit code: 0 done, 1 ended badly, 4 waits for a person (--no-wait), 124 out of time, 130 left with Ctrl-C',
    )
    .argument('<prompt>', 'what to do; - reads it from standard input')
    .option('--workspace <folder>', 'folder to work on a copy of (default: this one)')
    .option('--no-workspace', 'begin with an empty folder')
    .option('--model <name>', 'configured model (default: the configured chain)')
    .option('--policy <name>', 'policy profile (default: the configured one)')
    .option('--specialist <name>', 'who does it: engineering, research or infrastructure')
    .option('--max-turns <count>', 'model calls at most', parseCount)
    .option('--timeout <time>', 'working time at most, such as 10m', parseSeconds)
    .option('--max-cost <dollars>', 'cost at most, such as 2.50', parseDollars)
    .option('--network', 'let it reach other machines, as far as policy allows')
    .option('--key <key>', 'idempotency key: the same key and request is the same run')
    .option('--label <name=value>', 'label to find it by; may be repeated', collectPair)
    .option('--project <name>', 'project it belongs to (default: name of the folder)')
    .option('--watch', 'show it as it works (default on a terminal)')
    .option('--no-watch', 'only start it and print its key')
    .option('--wait', 'wait for its end in silence')
    .option('--no-wait', 'follow it, but exit with 4 where it waits for a person')
    .action(async (prompt: string, options: RunOptions) => {
      const { startAndFollow } = await import('./start-and-follow.ts');
      await startAndFollow(context, prompt, options);
    });
  refuseTogether(command, [
    ['wait', 'no-wait'],
    ['watch', 'no-watch'],
    ['watch', 'wait'],
    ['workspace', 'no-workspace'],
  ]);
  addExamples(command, [
    'holdfast run "make the failing test pass"',
    'holdfast run "which modules have no tests?" --specialist research --policy plan-readonly',
    'holdfast run "update the changelog" --workspace ../site --max-cost 0.50 --timeout 5m',
    'holdfast run - --wait --json < task.md',
  ]);
}
